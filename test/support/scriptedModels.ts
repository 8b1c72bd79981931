import { type Model, ModelError, type ModelPart, type ModelRequest } from '../../src/core/models/model.ts'
import { type CancellationToken, CancelledError, orCancelled } from '../../src/core/scheduling/cancellation.ts'

/** What one request brings, in order: parts, gates that the test opens, an error that ends it. */
export type Scripted = ModelPart | Promise<unknown> | Error

/** The script of one request, or a function that writes it when the request is there. */
export type Script = readonly Scripted[] | ((request: ModelRequest) => readonly Scripted[])

/** A model that replays one script a request, in order, and keeps the requests. */
export class ScriptedModel implements Model {
  readonly id: string
  /** All requests so far, as they came. */
  readonly requests: ModelRequest[] = []
  /** Streams that have begun and not ended; a leak shows here. */
  open = 0
  readonly #scripts: readonly Script[]
  readonly #arrivals: (() => void)[] = []

  constructor(scripts: readonly Script[], id = 'scripted') {
    this.#scripts = scripts
    this.id = id
  }

  /** Settles when there have been this many requests. */
  async requested(count: number): Promise<ModelRequest> {
    while (this.requests.length < count) await new Promise<void>((resolve) => this.#arrivals.push(resolve))
    const request = this.requests[count - 1]
    if (request === undefined) throw new Error(`there is no request ${count}`)
    return request
  }

  async *stream(request: ModelRequest, token: CancellationToken): AsyncGenerator<ModelPart> {
    const script = this.#scripts[this.requests.length]
    this.requests.push(structuredClone(request))
    for (const arrived of this.#arrivals.splice(0)) arrived()
    if (script === undefined)
      throw new ModelError('no_script', `nothing is scripted for request ${this.requests.length}`)
    this.open++
    try {
      for (const item of typeof script === 'function' ? script(request) : script) {
        if (item instanceof Promise) await orCancelled(item, token)
        if (token.isCancellationRequested) return
        if (item instanceof Error) throw item
        if (!(item instanceof Promise)) yield item
      }
    } catch (error) {
      if (!(error instanceof CancelledError)) throw error
    } finally {
      this.open--
    }
  }
}

/** A promise and the hand that opens it. */
export function gate(): { opened: Promise<void>; open: () => void } {
  const { promise, resolve } = Promise.withResolvers<void>()
  return { opened: promise, open: resolve }
}

export function text(words: string): ModelPart {
  return { type: 'text', text: words }
}

/** A call whose arguments come in one piece. */
export function call(index: number, name: string, input: unknown): ModelPart {
  return { type: 'call', index, name, arguments: JSON.stringify(input) }
}

export const stop: ModelPart = { type: 'end', reason: 'stop' }
export const calls: ModelPart = { type: 'end', reason: 'calls' }
