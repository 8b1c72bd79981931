import type { SessionEvent, TurnError } from '../../protocol/events.ts'
import type { SessionState } from '../../protocol/state.ts'
import type { ModelFacts } from '../models/facts.ts'
import { type Model, ModelError, type ModelPart, type ToolDefinition } from '../models/model.ts'
import { priced } from '../models/price.ts'
import type { CallEvent } from '../scheduling/call.ts'
import { CancellationSource, type CancellationToken, CancelledError, orCancelled } from '../scheduling/cancellation.ts'
import type { Batch } from '../scheduling/scheduler.ts'
import type { Tool } from '../tools/tool.ts'
import { history } from './context.ts'
import type { Steering } from './steering.ts'
import { StepReader } from './step.ts'

/** An event of a turn's, before the session adds the time and the turn. */
export type TurnEvent = EventOf<SessionEvent>
type EventOf<E> = E extends unknown ? Omit<E, 'at' | 'turnId'> : never

/** What a turn works with. */
export interface TurnParts {
  model: Model
  /** What is known of the model. */
  facts: ModelFacts | undefined
  system: string
  tools: ReadonlyMap<string, Tool>
  definitions: ToolDefinition[]
  source: CancellationSource
  state(): SessionState
  emit(event: TurnEvent | CallEvent): void
  newBatch(stepId: string): Batch
  newId(kind: 'step' | 'call'): string
  /** Called when all calls of a step have their results. */
  stepEnded(): void
  steering: Steering
}

export type TurnEnd = { status: 'completed' | 'stopped' } | { status: 'failed'; error: TurnError }

/** Asks the model and runs its calls, step by step, until it asks for no more or the turn is stopped. Never rejects. */
export async function runTurn(parts: TurnParts): Promise<TurnEnd> {
  const { token } = parts.source
  for (let request = 1; ; request++) {
    for (const messageId of parts.steering.take()) parts.emit({ type: 'messageDelivered', messageId, request })
    const step = await runStep(parts)
    if (token.isCancellationRequested) return { status: 'stopped' }
    if (step.error !== undefined && !(step.error.code === 'cut' && step.calls > 0)) {
      return { status: 'failed', error: step.error }
    }
    if (step.calls === 0 && parts.steering.size === 0) return { status: 'completed' }
  }
}

async function runStep(parts: TurnParts): Promise<{ calls: number; error?: TurnError }> {
  const stepId = parts.newId('step')
  const request = { messages: history(parts.state(), parts.system), tools: parts.definitions }
  parts.emit({ type: 'stepStarted', stepId, model: parts.model.id })
  const batch = parts.newBatch(stepId)
  const reader = new StepReader(stepId, parts, batch)
  const reading = new CancellationSource(parts.source)
  // Reading stops before the calls are told, so that nothing of this answer is taken after it was steered.
  const registration = parts.steering.onSteer(() => {
    reading.cancel('steer')
    batch.steer()
  })
  let error: TurnError | undefined
  try {
    const stream = parts.model.stream(request, reading.token)
    for await (const part of untilCancelled(stream, reading.token)) reader.add(part)
  } catch (thrown) {
    error = toTurnError(thrown)
  }
  const whole = error === undefined && !reading.token.isCancellationRequested
  reader.end(whole)
  reading.dispose()
  if (whole) error = reader.shortfall
  parts.emit({
    type: 'stepEnded',
    stepId,
    usage: priced(reader.usage, parts.facts),
    broken: error?.message,
    reasoning: reader.reasoning,
  })
  await batch.results()
  registration.dispose()
  parts.stepEnded()
  return { calls: reader.calls, error }
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
