import type { SessionEvent } from './events.ts'
import type { CallPhase, CallState } from './state.ts'

/** A call's live output kept in state, in UTF-16 units; older output is dropped first. */
export const OUTPUT_LIMIT = 64 * 1024

type Of<T extends SessionEvent['type']> = Extract<SessionEvent, { type: T }>
type CallEvent = Exclude<Extract<SessionEvent, { callId: string }>, { type: 'callProposed' }>

/** The call after one more event of its own. */
export function reduceCall(call: CallState, event: CallEvent): CallState {
  switch (event.type) {
    case 'callQueued':
      return { ...call, status: 'queued' }
    case 'callApproval':
      return { ...call, status: 'approval', approval: event.request }
    case 'callAnswered':
      return { ...call, status: 'queued', approval: undefined }
    case 'callAsked': {
      const phases = addPhase(call.phases, { kind: 'waiting', at: event.at })
      return { ...call, status: 'approval', question: event.question, phases }
    }
    case 'callWaiting': {
      const { waitingFor, at } = event
      return {
        ...call,
        status: 'waiting',
        waitingFor,
        phases: addPhase(call.phases, { kind: 'waiting', at, waitingFor }),
      }
    }
    case 'callRunning': {
      const phases = addPhase(call.phases, { kind: 'running', at: event.at })
      const startedAt = call.startedAt ?? event.at
      return { ...call, status: 'running', waitingFor: undefined, question: undefined, startedAt, phases }
    }
    case 'callOutput':
      return addOutput(call, event.text)
    case 'callExtra':
      return { ...call, extraBytes: (call.extraBytes ?? 0) + event.bytes }
    case 'callEnded':
      return end(call, event)
  }
}

function end(call: CallState, event: Of<'callEnded'>): CallState {
  const { status, result, reason, fact, exitCode, changes, at: endedAt } = event
  const none = { waitingFor: undefined, approval: undefined, question: undefined }
  return { ...call, status, result, reason, fact, exitCode, changes, endedAt, ...none }
}

/** A move up in one queue is the same phase. */
function addPhase(phases: CallPhase[] = [], phase: CallPhase): CallPhase[] {
  const last = phases.at(-1)
  const goesOn = last?.kind === phase.kind && last.waitingFor?.kind === phase.waitingFor?.kind
  return goesOn ? [...phases.slice(0, -1), { ...phase, at: last.at }] : [...phases, phase]
}

function addOutput(call: CallState, text: string): CallState {
  const output = call.output + text
  if (output.length <= OUTPUT_LIMIT) return { ...call, output }
  const from = output.length - OUTPUT_LIMIT / 2
  const lineEnd = output.indexOf('\n', from)
  const cut = lineEnd === -1 ? from : lineEnd + 1
  const dropped = output.slice(0, cut)
  return { ...call, output: output.slice(cut), outputDropped: call.outputDropped + dropped.split('\n').length - 1 }
}
