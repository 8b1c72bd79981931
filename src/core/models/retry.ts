import type { Clock } from '../ports.ts'
import { type CancellationToken, CancellationSource } from '../scheduling/cancellation.ts'
import { type Model, ModelError, type ModelPart, type ModelRequest } from './model.ts'
import { validHistory } from './validHistory.ts'
import type { Adapter, LivePart } from './watchdog.ts'

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
/**
 * From the first request to the beginning of an answer that is worth waiting for, in ms: pauses and the attempts
 * themselves. Times that the endpoint names do not count. The first attempt alone may take longer.
 */
const TOTAL_MS = 30_000
/** The longest wait that an endpoint may ask for, in ms: beyond, the user decides. */
const ASKED_CAP_MS = 60_000
const FIRST_PAUSE_MS = 1000

/** What may be gone when the request is sent again. */
const passing: ReadonlySet<string> = new Set([
  'rate_limited',
  'server_error',
  'unreachable',
  'timeout',
  'cut',
  'malformed',
])
/** What ends an answer in its middle: the user is told that it broke off. */
const breaking: ReadonlySet<string> = new Set([...passing, 'stalled', 'endless'])

/**
 * The model, asked again when a fault that may pass came before any of its answer, and once when the answer was empty.
 * What it is asked with is valid at every endpoint.
 */
export function withRetry(adapter: Adapter, options: RetryOptions): RetryingModel {
  const waiting = new Set<() => void>()
  return {
    id: adapter.id,
    tryNow() {
      for (const wake of waiting) wake()
    },
    stream: (request, token) => {
      const valid = { ...request, messages: validHistory(request.messages) }
      return retried(adapter, options, waiting, valid, token)
    },
  }
}

async function* retried(
  adapter: Adapter,
  options: RetryOptions,
  waiting: Set<() => void>,
  request: ModelRequest,
  token: CancellationToken,
): AsyncGenerator<ModelPart> {
  const { clock } = options
  let deadline = clock.now() + TOTAL_MS
  let before: ModelError | undefined
  for (let attempt = 1; ; attempt++) {
    const late = before && { ms: deadline - clock.now(), error: gaveUp(before, attempt) }
    const failure = yield* attempted(adapter, request, { clock, token, late })
    if (failure === undefined || token.isCancellationRequested) return
    const pause = pauseAfter(failure, attempt, deadline - clock.now(), before, options)
    if (pause === undefined) throw attempt === 1 ? failure : gaveUp(failure, attempt)
    if (isNamed(failure)) deadline += pause
    const { code, message: text } = failure
    yield { type: 'retry', code, text, retryAt: clock.now() + pause, attempt: attempt + 1 }
    await sleep(pause, clock, waiting, token)
    if (token.isCancellationRequested) return
    before = failure
  }
}

interface Attempt {
  clock: Clock
  token: CancellationToken
  /** Longest wait for its first sign of life, and what is thrown when there was none. */
  late: { ms: number; error: ModelError } | undefined
}

/**
 * One attempt; returns why there may be another.
 *
 * @throws {ModelError} when part of the answer was seen, or when it is too late for another
 */
async function* attempted(
  adapter: Adapter,
  request: ModelRequest,
  { clock, token, late }: Attempt,
): AsyncGenerator<ModelPart, ModelError | undefined> {
  const source = new CancellationSource()
  const link = token.onCancellationRequested(() => source.cancel(token.reason ?? 'stop'))
  const timer = late && clock.after(late.ms, () => source.cancel('timeout'))
  const seen = new Seen()
  try {
    for await (const part of adapter.stream(request, source.token)) {
      timer?.dispose()
      seen.add(part)
      if (part.type === 'end' && seen.isEmpty) return empty(adapter.id)
      if (part.type !== 'alive') yield part
    }
  } catch (error) {
    if (!(error instanceof ModelError)) throw error
    if (!seen.anything) return error
    throw breaking.has(error.code) ? broken(error) : error
  } finally {
    timer?.dispose()
    link.dispose()
    source.dispose()
  }
  if (seen.end !== undefined || token.isCancellationRequested) return undefined
  if (late !== undefined && source.token.isCancellationRequested) throw late.error
  const cut = new ModelError('cut', 'The answer broke off. What came before is kept; ask to continue, or try again.')
  if (seen.anything) throw cut
  return cut
}

/** What the user has seen of one attempt. */
class Seen {
  /** Text, calls or thoughts. */
  anything = false
  end: Extract<ModelPart, { type: 'end' }> | undefined
  #answer = false

  /** Whether the answer ended well without a word and a call. */
  get isEmpty(): boolean {
    return !this.#answer && (this.end?.reason === 'stop' || this.end?.reason === 'calls')
  }

  add(part: LivePart): void {
    if (part.type === 'end') this.end = part
    if (part.type === 'call' || (part.type === 'text' && part.text.trim() !== '')) this.#answer = true
    if (this.#answer || (part.type === 'reasoning' && part.text.trim() !== '')) this.anything = true
  }
}

function isNamed({ retryAfterMs }: ModelError): boolean {
  return retryAfterMs !== undefined && retryAfterMs > 0
}

/** How long to wait before the next attempt, in ms; undefined when there is none. */
function pauseAfter(
  error: ModelError,
  attempt: number,
  left: number,
  before: ModelError | undefined,
  { random }: RetryOptions,
): number | undefined {
  if (error.code === 'empty' && before?.code === 'empty') return undefined
  if (!(passing.has(error.code) || error.code === 'empty') || attempt >= ATTEMPTS) return undefined
  const { retryAfterMs = 0 } = error
  if (isNamed(error)) return retryAfterMs <= ASKED_CAP_MS ? retryAfterMs : undefined
  const pause = FIRST_PAUSE_MS * 2 ** (attempt - 1) * (0.75 + random() / 2)
  return pause < left ? pause : undefined
}

function gaveUp(error: ModelError, attempts: number): ModelError {
  return new ModelError(error.code, `Gave up after ${attempts} attempts. ${error.message}`, { cause: error })
}

function empty(model: string): ModelError {
  return new ModelError('empty', `${model} gave an empty answer. Ask to continue, or choose another model.`)
}

function broken(error: ModelError): ModelError {
  if (error.code === 'cut') return error
  return new ModelError('cut', `The answer broke off. ${error.message}`, { cause: error })
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
