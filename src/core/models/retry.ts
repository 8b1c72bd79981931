import type { Clock } from '../ports.ts'
import type { CancellationToken } from '../scheduling/cancellation.ts'
import { type Model, ModelError, type ModelPart, type ModelRequest } from './model.ts'

export interface RetryOptions {
  clock: Clock
  /** Uniform in [0, 1). */
  random: () => number
}

export interface RetryingModel extends Model {
  /** Ends the waits that go on: asks again at once. */
  tryNow(): void
}

const ATTEMPTS = 5
/** From the first failure's request to the last retry, in ms, unless the endpoint named a time itself. */
const TOTAL_MS = 30_000
/** The longest wait that an endpoint may ask for, in ms: beyond, the user decides. */
const ASKED_CAP_MS = 60_000
const FIRST_PAUSE_MS = 1000

/** What may be gone when the request is sent again. */
const passing: ReadonlySet<string> = new Set(['rate_limited', 'server_error', 'unreachable', 'timeout', 'cut'])

/** The model, asked again when a fault that may pass came before any of its answer. */
export function withRetry(model: Model, options: RetryOptions): RetryingModel {
  const waiting = new Set<() => void>()
  return {
    id: model.id,
    tryNow() {
      for (const wake of waiting) wake()
    },
    stream: (request, token) => retried(model, options, waiting, request, token),
  }
}

async function* retried(
  model: Model,
  options: RetryOptions,
  waiting: Set<() => void>,
  request: ModelRequest,
  token: CancellationToken,
): AsyncGenerator<ModelPart> {
  const { clock } = options
  const started = clock.now()
  for (let attempt = 1; ; attempt++) {
    let answered = false
    let failure: ModelError
    try {
      for await (const part of model.stream(request, token)) {
        answered = true
        yield part
      }
      return
    } catch (error) {
      if (answered || !(error instanceof ModelError)) throw error
      failure = error
    }
    const pause = pauseAfter(failure, attempt, clock.now() - started, options)
    if (pause === undefined) throw attempt === 1 ? failure : gaveUp(failure, attempt)
    const { code, message: text } = failure
    yield { type: 'retry', code, text, retryAt: clock.now() + pause, attempt: attempt + 1 }
    await sleep(pause, clock, waiting, token)
    if (token.isCancellationRequested) return
  }
}

/** How long to wait before the next attempt, in ms; undefined when there is none. */
function pauseAfter(error: ModelError, attempt: number, elapsed: number, { random }: RetryOptions): number | undefined {
  if (!passing.has(error.code) || attempt >= ATTEMPTS) return undefined
  if (error.retryAfterMs !== undefined) return error.retryAfterMs <= ASKED_CAP_MS ? error.retryAfterMs : undefined
  const pause = FIRST_PAUSE_MS * 2 ** (attempt - 1) * (0.75 + random() / 2)
  return elapsed + pause <= TOTAL_MS ? pause : undefined
}

function gaveUp(error: ModelError, attempts: number): ModelError {
  return new ModelError(error.code, `Gave up after ${attempts} attempts. ${error.message}`, { cause: error })
}

function sleep(ms: number, clock: Clock, waiting: Set<() => void>, token: CancellationToken): Promise<void> {
  return new Promise((resolve) => {
    const end = (): void => {
      timer.dispose()
      link.dispose()
      waiting.delete(end)
      resolve()
    }
    const timer = clock.after(ms, end)
    const link = token.onCancellationRequested(end)
    waiting.add(end)
  })
}
