import type { CancelReason, EndStatus, FileChange } from '../../protocol/events.ts'
import type { Background, ToolResult } from '../tools/tool.ts'
import { CancelledError } from './cancellation.ts'

/** A call's one result, as the model sees it and as the card shows it. */
export interface Outcome {
  status: EndStatus
  result: string
  reason?: string
  fact?: string
  exitCode?: number
  changes?: FileChange[]
}

export function fromToolResult(result: ToolResult, reason: CancelReason | undefined): Outcome {
  switch (result.kind) {
    case 'completed': {
      const { text, fact, exitCode, changes } = result
      return { status: 'completed', result: text, fact, exitCode, changes }
    }
    case 'backgrounded':
      return backgroundedOutcome(result.background, false)
    case 'failed':
      return { ...failedOutcome(result.code, result.message), changes: result.changes }
    case 'cancelled': {
      const { partial, fact, exitCode, changes } = result
      return { ...cancelledOutcome(reason ?? 'stop', partial), fact, exitCode, changes }
    }
  }
}

export function failedOutcome(code: string, message: string): Outcome {
  return { status: 'failed', result: `Error (${code}): ${message}`, reason: code }
}

/** @param partial what the call had got so far; empty when there is nothing */
export function cancelledOutcome(reason: CancelReason, partial: string): Outcome {
  return { status: 'cancelled', result: `Cancelled (${reason}): ${partial || 'no output so far.'}`, reason }
}

export function neverRan(reason: CancelReason): Outcome {
  return cancelledOutcome(reason, 'it did not run; nothing was changed.')
}

/** For a call that a steer kept from running. */
export function deferredOutcome(): Outcome {
  const result =
    'Deferred: the user wrote before this call began, so it did not run. Ask for it again if it still fits.'
  return { status: 'deferred', result, reason: 'steer' }
}

/** @param steered whether the user's message put it there, and not the call itself */
export function backgroundedOutcome({ id, output }: Background, steered: boolean): Outcome {
  const why = steered ? 'The user wrote meanwhile. This goes on' : 'This goes on'
  const result = `${why} in the background as ${id}. Its output so far:\n${output || '(none)'}`
  return { status: 'backgrounded', result, ...(steered && { reason: 'steer' }), fact: id }
}

/** For a tool that did not end when its token was cancelled. */
export function abandonedOutcome(reason: CancelReason, output: string): Outcome {
  const text = 'the tool did not end when it was told to. Its effect is unknown: look before you repeat it.'
  return { ...cancelledOutcome(reason, output === '' ? text : `${text}\n${output}`), fact: 'effect unknown' }
}

/** What a thrown error means: a cancellation, or a bug in a tool that must not take its siblings along. */
export function fromError(error: unknown, reason: CancelReason | undefined, partial: string): Outcome {
  if (error instanceof CancelledError) return cancelledOutcome(reason ?? error.reason, partial)
  return failedOutcome(
    'internal',
    `${error instanceof Error ? error.message : String(error)}. This is a fault in the tool; try another way.`,
  )
}
