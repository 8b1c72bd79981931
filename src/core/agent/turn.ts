import type { SessionEvent, TurnError } from '../../protocol/events.ts'
import { ModelError, type ModelPart } from '../models/model.ts'
import { isOverflow } from '../models/overflow.ts'
import type { Log } from '../ports.ts'
import type { CallEvent } from '../scheduling/call.ts'
import { CancellationSource, type CancellationToken, CancelledError, orCancelled } from '../scheduling/cancellation.ts'
import type { Batch } from '../scheduling/scheduler.ts'
import type { Tool } from '../tools/tool.ts'
import type { Reservation } from './budget.ts'
import { type Conversation, makeRoom, measureOf, requestOf } from './compaction.ts'
import type { SessionBudget, Wanted } from './sessionBudget.ts'
import type { Steering } from './steering.ts'
import { StepReader } from './step.ts'
import { expectedUsage } from './tokens.ts'
import { type StepEnd, Stumbles } from './stumbles.ts'

/** An event of a turn's, before the session adds the time and the turn. */
export type TurnEvent = EventOf<SessionEvent>
type EventOf<E> = E extends unknown ? Omit<E, 'at' | 'turnId'> : never

/** What a turn works with. */
export interface TurnParts extends Conversation {
  tools: ReadonlyMap<string, Tool>
  source: CancellationSource
  emit(event: TurnEvent | CallEvent): void
  newBatch(stepId: string): Batch
  newId(kind: 'step' | 'call'): string
  /** Called when all calls of a step have their results. */
  stepEnded(): void
  steering: Steering
  budget: Pick<SessionBudget, 'next'>
  /** Whether the user asked for a summary since the last request. */
  takeSummaryWish(): boolean
}

export type TurnEnd = { status: 'completed' | 'stopped' } | { status: 'failed'; error: TurnError }

/** Asks the model and runs its calls, step by step, until it asks for no more or the turn is stopped. Never rejects. */
export async function runTurn(parts: TurnParts): Promise<TurnEnd> {
  try {
    return await runSteps(parts)
  } catch (thrown) {
    return endBy(thrown, parts)
  }
}

/** How what was thrown ends a turn; what nobody foresaw is logged. */
export function endBy(thrown: unknown, { source, log }: { source: CancellationSource; log: Log }): TurnEnd {
  const error = toTurnError(thrown)
  if (error === undefined || source.token.isCancellationRequested) return { status: 'stopped' }
  if (error.code === 'internal') log.error('A turn failed', thrown)
  return { status: 'failed', error }
}

async function runSteps(parts: TurnParts): Promise<TurnEnd> {
  const { token } = parts.source
  const stumbles = new Stumbles()
  for (let request = 1; ; request++) {
    if (parts.takeSummaryWish()) await makeRoom(parts, 'asked', parts.source)
    await makeRoom(parts, 'limit', parts.source)
    const allowed = await parts.budget.next(wantedBy(parts), token)
    if (allowed === 'stop') return { status: 'stopped' }
    using held = allowed
    for (const messageId of parts.steering.take()) parts.emit({ type: 'messageDelivered', messageId, request })
    const step = await runStep(parts, held)
    if (token.isCancellationRequested) return { status: 'stopped' }
    const error = stumbles.after(step)
    if (error !== undefined) return { status: 'failed', error }
    if (step.calls === 0 && parts.steering.size === 0) return { status: 'completed' }
  }
}

function wantedBy(parts: TurnParts): Wanted {
  const { turnId, model, facts } = parts
  return { turnId, model: model.id, estimate: expectedUsage(measureOf(parts), facts) }
}

async function runStep(parts: TurnParts, held: Reservation): Promise<StepEnd> {
  const stepId = parts.newId('step')
  parts.emit({ type: 'stepStarted', stepId, model: parts.model.id, context: measureOf(parts) })
  const batch = parts.newBatch(stepId)
  const reader = new StepReader(stepId, parts, batch)
  const reading = new CancellationSource(parts.source)
  // Reading stops before the calls are told, so that nothing of this answer is taken after it was steered.
  const registration = parts.steering.onSteer(() => {
    reading.cancel('steer')
    batch.steer()
  })
  let error = await read(parts, reader, reading)
  const whole = error === undefined && !reading.token.isCancellationRequested
  reader.end(whole)
  reading.dispose()
  if (whole) error = reader.shortfall
  const { usage } = reader
  if (usage !== undefined) held.charge(usage)
  parts.emit({ type: 'stepEnded', stepId, usage, broken: error?.message, reasoning: reader.reasoning })
  await batch.results()
  registration.dispose()
  parts.stepEnded()
  return { calls: reader.calls, unreadable: reader.unreadable, error }
}

/** Reads one answer. A request that does not fit the model is made again, once, when there is room. */
async function read(parts: TurnParts, reader: StepReader, reading: CancellationSource): Promise<TurnError | undefined> {
  for (let attempt = 1; ; attempt++) {
    let begun = false
    try {
      const stream = parts.model.stream(requestOf(parts, parts.state()), reading.token)
      for await (const part of untilCancelled(stream, reading.token)) {
        begun ||= part.type !== 'retry'
        reader.add(part)
        if (reader.overrun !== undefined) return reader.overrun
      }
      return undefined
    } catch (thrown) {
      if (attempt > 1 || begun || !isOverflow(thrown)) return toTurnError(thrown)
    }
    try {
      await makeRoom(parts, 'overflow', reading)
    } catch (thrown) {
      return toTurnError(thrown)
    }
  }
}

/** Ends with the token, even where the model does not look at it. */
async function* untilCancelled(stream: AsyncIterable<ModelPart>, token: CancellationToken): AsyncGenerator<ModelPart> {
  const iterator = stream[Symbol.asyncIterator]()
  try {
    for (;;) {
      const next = await orCancelled(iterator.next(), token)
      if (next.done === true || token.isCancellationRequested) return
      yield next.value
    }
  } finally {
    // Not waited for, it may hang; what it still says is about an answer that nobody reads.
    iterator.return?.().catch(() => undefined)
  }
}

function toTurnError(thrown: unknown): TurnError | undefined {
  if (thrown instanceof CancelledError) return undefined
  if (thrown instanceof ModelError) return { code: thrown.code, message: thrown.message }
  return { code: 'internal', message: thrown instanceof Error ? thrown.message : String(thrown) }
}
