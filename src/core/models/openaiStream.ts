import type { Usage } from '../../protocol/events.ts'
import type { Clock } from '../ports.ts'
import type { CancellationToken } from '../scheduling/cancellation.ts'
import type { Endpoint } from './endpoint.ts'
import { brokeOff, toModelError } from './errors.ts'
import type { ModelPart } from './model.ts'
import type { LivePart } from './watchdog.ts'

export type EndReason = Extract<ModelPart, { type: 'end' }>['reason']

/** Reads the events of one answer. */
export interface AnswerReader {
  read(event: unknown): LivePart[]
  /** Why the answer ended, `broken` where the server gave it up; undefined while it goes on. */
  readonly end: EndReason | 'broken' | undefined
  readonly usage: Usage | undefined
  /** What the endpoint wants back with this answer. */
  readonly reasoned: unknown
}

export interface StreamParts {
  endpoint: Endpoint
  clock: Clock
  reader: AnswerReader
  /** Sends the request; settles when the answer begins. */
  open(signal: AbortSignal): Promise<AsyncIterator<unknown>>
}

/** How long to wait for the usage, and for the stream to close, after the answer has ended, in ms. */
const LINGER_MS = 1000

/** One answer, from the request to its end. Ends early with the token. @throws {ModelError} */
export async function* streamed(parts: StreamParts, token: CancellationToken): AsyncGenerator<LivePart> {
  if (token.isCancellationRequested) return
  const abort = new AbortController()
  const link = token.onCancellationRequested(() => abort.abort())
  try {
    yield* answer(await parts.open(abort.signal), parts, abort)
  } catch (error) {
    if (token.isCancellationRequested) return
    throw toModelError(error, parts.endpoint)
  } finally {
    link.dispose()
    abort.abort()
  }
}

async function* answer(
  events: AsyncIterator<unknown>,
  { reader, clock, endpoint }: StreamParts,
  abort: AbortController,
): AsyncGenerator<LivePart> {
  let linger: { dispose(): void } | undefined
  try {
    for (;;) {
      const next = await events.next()
      if (next.done === true) break
      const parts = reader.read(next.value)
      if (reader.end !== undefined) linger ??= clock.after(LINGER_MS, () => abort.abort())
      yield* parts
    }
  } catch (error) {
    // What breaks after the answer's end takes nothing from it.
    if (reader.end === undefined) {
      if (reader.usage !== undefined) yield { type: 'usage', usage: reader.usage }
      throw error
    }
  } finally {
    linger?.dispose()
  }
  if (reader.usage !== undefined) yield { type: 'usage', usage: reader.usage }
  if (reader.end === 'broken') throw brokeOff(endpoint)
  if (reader.end !== undefined) {
    if (reader.reasoned !== undefined) yield { type: 'reasoned', reasoning: reader.reasoned }
    yield { type: 'end', reason: reader.end }
  } else if (!abort.signal.aborted) throw brokeOff(endpoint)
}
