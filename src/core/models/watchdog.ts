import type { Clock } from '../ports.ts'
import { type CancellationToken, CancellationSource } from '../scheduling/cancellation.ts'
import { ModelError, type ModelPart, type ModelRequest } from './model.ts'

/** An adapter's stream: besides the parts, a sign that the model is at work on something that is not shown. */
export type LivePart = ModelPart | { type: 'alive' }

/** A model before its faults are dealt with. */
export interface Adapter {
  readonly id: string
  stream(request: ModelRequest, token: CancellationToken): AsyncIterable<LivePart>
}

/** How long a stream may be silent. */
export interface StreamLimits {
  /** Longest wait for the next byte of an answer that has begun, in ms: see `withByteWatch`. */
  bytesMs: number
  /** Longest wait for the next thing that belongs to the answer, in ms. What only keeps the connection open does not. */
  eventsMs: number
}

export const defaultStreamLimits: StreamLimits = { bytesMs: 60_000, eventsMs: 120_000 }

export interface WatchOptions {
  clock: Clock
  /** For the words of the error. */
  host: string
  /** Read at each request, so that a changed setting holds at once. */
  limits?: (() => StreamLimits) | undefined
}

const STALLED = Symbol('stalled')
const CANCELLED = Symbol('cancelled')

/**
 * The adapter, given up when nothing of an answer comes for too long, whatever else its connection carries.
 *
 * The stream throws ModelError `stalled`.
 */
export function withWatchdog(
  adapter: Adapter,
  { clock, host, limits = () => defaultStreamLimits }: WatchOptions,
): Adapter {
  return {
    id: adapter.id,
    async *stream(request, token) {
      const { eventsMs } = limits()
      const source = new CancellationSource()
      const link = token.onCancellationRequested(() => source.cancel(token.reason ?? 'stop'))
      const parts = adapter.stream(request, source.token)[Symbol.asyncIterator]()
      try {
        for (;;) {
          const next = await within(parts.next(), eventsMs, clock, token)
          if (next === CANCELLED) return
          if (next === STALLED) throw stalled(`${host} has sent nothing of an answer for ${seconds(eventsMs)}.`)
          if (next.done === true) return
          yield next.value
        }
      } finally {
        link.dispose()
        source.cancel(token.reason ?? 'timeout')
        // A generator that hangs settles its return only after the hanging read; nobody waits for that.
        parts.return?.().catch(() => undefined)
      }
    },
  }
}

function within<T>(
  promise: Promise<T>,
  ms: number,
  clock: Clock,
  token: CancellationToken,
): Promise<T | typeof STALLED | typeof CANCELLED> {
  return new Promise<T | typeof STALLED | typeof CANCELLED>((resolve, reject) => {
    const timer = clock.after(ms, () => settle(() => resolve(STALLED)))
    const link = token.onCancellationRequested(() => settle(() => resolve(CANCELLED)))
    const settle = (then: () => void): void => {
      timer.dispose()
      link.dispose()
      then()
    }
    promise.then(
      (value) => settle(() => resolve(value)),
      (error: unknown) => settle(() => reject(error instanceof Error ? error : new Error(String(error)))),
    )
  })
}

export function seconds(ms: number): string {
  return `${Math.round(ms / 1000)} s`
}

export function stalled(what: string): ModelError {
  return new ModelError('stalled', `${what} Try again, or choose another model.`)
}
