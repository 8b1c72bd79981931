import { ModelError } from './model.ts'
import { defaultStreamLimits, seconds, stalled, type WatchOptions } from './watchdog.ts'

/** The longest response that is read, in bytes: no answer is that long, and a server may never stop. */
export const RESPONSE_LIMIT = 64 * 1024 * 1024

/**
 * A `fetch` whose bodies fail when no byte of them comes for too long, or when they are endless. Only the time in which
 * somebody waits for a byte counts. Before the headers there is no body: that wait is the watchdog's.
 *
 * Bodies fail with ModelError `stalled`, `endless`.
 */
export function withByteWatch(fetch: typeof globalThis.fetch, options: WatchOptions): typeof globalThis.fetch {
  return async (input, init) => {
    const response = await fetch(input, init)
    if (response.body === null) return response
    const { status, statusText, headers } = response
    return new Response(watched(response.body, options), { status, statusText, headers })
  }
}

function watched(body: ReadableStream<Uint8Array>, options: WatchOptions): ReadableStream<Uint8Array> {
  const { clock, host, limits = () => defaultStreamLimits } = options
  const reader = body.getReader()
  let left = RESPONSE_LIMIT
  let givenUp = false
  const giveUp = (controller: ReadableStreamDefaultController, error: ModelError): void => {
    givenUp = true
    controller.error(error)
    // The connection ends with it; what that says is about an answer that nobody reads.
    reader.cancel(error).catch(() => undefined)
  }
  const pull = async (controller: ReadableStreamDefaultController<Uint8Array>): Promise<void> => {
    const { bytesMs } = limits()
    const silent = (): void => giveUp(controller, stalled(`No byte has come from ${host} for ${seconds(bytesMs)}.`))
    const timer = clock.after(bytesMs, silent)
    try {
      const { done, value } = await reader.read()
      if (givenUp) return
      if (done) return controller.close()
      left -= value.byteLength
      if (left < 0) giveUp(controller, endless(host))
      else controller.enqueue(value)
    } finally {
      timer.dispose()
    }
  }
  return new ReadableStream({ pull, cancel: (reason) => reader.cancel(reason) }, { highWaterMark: 0 })
}

function endless(host: string): ModelError {
  const text = `The answer from ${host} had no end: it was given up after ${RESPONSE_LIMIT / 1024 / 1024} MiB. Choose another model.`
  return new ModelError('endless', text)
}
