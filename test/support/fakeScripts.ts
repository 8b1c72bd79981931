import type { ScriptEnd, ScriptOptions, Scripts } from '../../src/core/code/scripts.ts'
import type { Failure } from '../../src/core/ports.ts'
import {
  CancellationSource,
  type CancellationToken,
  CancelledError,
  orCancelled,
} from '../../src/core/scheduling/cancellation.ts'
import { failed } from '../../src/core/tools/tool.ts'

/** What a script of the test's can do. */
export interface Fake {
  /** Gives the result text; rejects with an error that has the `code`. */
  call(name: string, input?: unknown, token?: CancellationToken): Promise<string>
  print(text: string): void
  /** The whole script's. */
  token: CancellationToken
}
export type FakeScript = (fake: Fake) => Promise<unknown>

/** What a failed call throws in a script. */
export class FakeToolError extends Error {
  readonly code: string
  constructor({ code, message }: Failure) {
    super(message)
    this.code = code
  }
}

/** Kernels that run functions: a script's code is the name of its function. */
export class FakeScripts implements Scripts {
  readonly #scripts: Record<string, FakeScript>
  /** The scripts that run now. */
  running = 0
  /** What each script waits for before it begins. */
  kernel: Promise<unknown> = Promise.resolve()

  readonly #asked = Promise.withResolvers<void>()

  constructor(scripts: Record<string, FakeScript>) {
    this.#scripts = scripts
  }

  /** Settles when the first script was asked for. */
  get asked(): Promise<void> {
    return this.#asked.promise
  }

  async run(options: ScriptOptions, token: CancellationToken): Promise<ScriptEnd | Failure> {
    this.#asked.resolve()
    await orCancelled(this.kernel, token)
    token.throwIfCancelled()
    const script = this.#scripts[options.code.trim()]
    if (script === undefined) return failed('no_kernel', 'There is no kernel. Install one.')
    const source = new CancellationSource()
    const registration = token.onCancellationRequested(() => source.cancel(token.reason ?? 'stop'))
    const calls: Promise<unknown>[] = []
    const replies = (): Promise<unknown> => Promise.allSettled(calls)
    options.onStart?.({
      detach: () => registration.dispose(),
      stop: async () => {
        source.cancel('stop')
        await replies()
      },
    })
    this.running++
    const call: Fake['call'] = (name, input = {}, own = source.token) => {
      const reply = options.onCall({ name, input }, own).then((given) => {
        if (given.kind === 'failed') throw new FakeToolError(given)
        return given.text
      })
      calls.push(reply)
      return reply
    }
    try {
      await orCancelled(
        script({ call, print: (text) => void options.onOutput(text), token: source.token }).then(nothing),
        source.token,
      )
      return { kind: 'ended' }
    } catch (error) {
      return error instanceof CancelledError ? { kind: 'stopped' } : { kind: 'ended', error: String(error) }
    } finally {
      registration.dispose()
      source.cancel('stop')
      await replies()
      this.running--
    }
  }
}

const nothing = (): undefined => undefined
