import type { Clock } from '../ports.ts'
import { type CancellationToken, CancellationSource } from '../scheduling/cancellation.ts'
import { type Model, ModelError, type ModelPart, type ModelRequest } from './model.ts'

/** An adapter's stream: besides the parts, a sign that the model is at work on something that is not shown. */
export type LivePart = ModelPart | { type: 'alive' }

/** A model before anyone watches over it. */
export interface Adapter {
  readonly id: string
  stream(request: ModelRequest, token: CancellationToken): AsyncIterable<LivePart>
}

export interface WatchdogOptions {
  clock: Clock
  /** For the words of the error. */
  host: string
  /** Longest wait for the first part, in ms. */
  firstMs?: number
  /** Longest wait between two parts, in ms. */
  nextMs?: number
}

const STALLED = Symbol('stalled')
const CANCELLED = Symbol('cancelled')

/**
 * The adapter's model, given up when it is silent for too long. What keeps a connection open without saying anything
 * counts as silence.
 *
 * The stream throws ModelError `stalled`.
 */
export function withWatchdog(adapter: Adapter, options: WatchdogOptions): Model {
  const { firstMs = 120_000, nextMs = 60_000 } = options
  return {
    id: adapter.id,
    async *stream(request, token) {
      const source = new CancellationSource()
      const link = token.onCancellationRequested(() => source.cancel(token.reason ?? 'stop'))
      const parts = adapter.stream(request, source.token)[Symbol.asyncIterator]()
      try {
        let limit = firstMs
        for (;;) {
          const next = await within(parts.next(), limit, options.clock, token)
          if (next === CANCELLED) return
          if (next === STALLED) throw stalled(options.host, limit)
          if (next.done === true) return
          limit = nextMs
          if (next.value.type !== 'alive') yield next.value
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

function stalled(host: string, ms: number): ModelError {
  return new ModelError(
    'stalled',
    `${host} has said nothing for ${Math.round(ms / 1000)} s. Try again, or choose another model.`,
  )
}
