import type { Usage } from '../../protocol/events.ts'
import type { Clock } from '../ports.ts'
import type { CancellationToken } from '../scheduling/cancellation.ts'
import type { Endpoint } from './endpoint.ts'
import { brokeOff, noApi, toModelError } from './errors.ts'
import type { ModelPart } from './model.ts'
import { serverSentEvents } from './serverSentEvents.ts'
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
  /** Sends the request; settles when the answer begins. Its events come as they arrive together. */
  open: (signal: AbortSignal) => Promise<AsyncIterable<unknown[]>>
}

/** How long to wait for the usage, and for the stream to close, after the answer has ended, in ms. */
const LINGER_MS = 1000

/** One answer, from the request to its end. Ends early with the token. @throws {ModelError} */
export async function* streamed(
  { reader, clock, endpoint, open }: StreamParts,
  token: CancellationToken,
): AsyncGenerator<LivePart> {
  if (token.isCancellationRequested) return
  const abort = new AbortController()
  const link = token.onCancellationRequested(() => abort.abort())
  let linger: { dispose(): void } | undefined
  try {
    for await (const events of await open(abort.signal)) {
      const { parts, error } = readAll(reader, events)
      if (reader.end !== undefined) linger ??= clock.after(LINGER_MS, () => abort.abort())
      yield* joined(parts)
      if (error !== undefined) throw error
    }
  } catch (error) {
    if (token.isCancellationRequested) return
    if (reader.end === undefined && reader.usage !== undefined) yield { type: 'usage', usage: reader.usage }
    // What breaks after the answer's end takes nothing from it.
    if (reader.end === undefined) throw toModelError(error, endpoint)
  } finally {
    linger?.dispose()
    link.dispose()
    abort.abort()
  }
  yield* ending(reader, endpoint, token)
}

/** @throws {ModelError} `cut` when the answer has no end */
function* ending(reader: AnswerReader, endpoint: Endpoint, token: CancellationToken): Generator<LivePart> {
  if (reader.usage !== undefined) yield { type: 'usage', usage: reader.usage }
  if (token.isCancellationRequested) return
  if (reader.end === undefined || reader.end === 'broken') throw brokeOff(endpoint)
  if (reader.reasoned !== undefined) yield { type: 'reasoned', reasoning: reader.reasoned }
  yield { type: 'end', reason: reader.end }
}

/** What is said before something is wrong is said. */
function readAll(reader: AnswerReader, events: unknown[]): { parts: LivePart[]; error?: unknown } {
  const parts: LivePart[] = []
  try {
    for (const event of events) parts.push(...reader.read(event))
    return { parts }
  } catch (error) {
    return { parts, error }
  }
}

/** Words that come together are one piece: each piece has a way to go. */
function joined(parts: LivePart[]): LivePart[] {
  const pieces: LivePart[] = []
  for (const part of parts) {
    const last = pieces.at(-1)
    if ((part.type === 'text' || part.type === 'reasoning') && last?.type === part.type)
      pieces[pieces.length - 1] = { type: part.type, text: last.text + part.text }
    else pieces.push(part)
  }
  return pieces
}

/** The events of a response; `whole` makes them of one that did not stream. @throws {ModelError} where no API answers */
export async function eventsOf(
  response: Response,
  endpoint: Endpoint,
  whole: (value: unknown) => AsyncIterable<unknown[]>,
): Promise<AsyncIterable<unknown[]>> {
  const kind = response.headers.get('content-type') ?? ''
  if (kind.includes('text/html')) throw noApi(endpoint)
  if (kind.includes('application/json')) return whole(await response.json())
  return serverSentEvents(response)
}
