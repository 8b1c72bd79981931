import { randomUUID } from 'node:crypto'
import type { Clock, Failure } from '../ports.ts'
import type { Reply } from '../rpc/connection.ts'
import { CancellationSource, CancelledError, type CancellationToken } from '../scheduling/cancellation.ts'
import { failed } from '../tools/tool.ts'
import { howItEnded, type Kernel } from './kernel.ts'
import { Probe } from './probe.ts'
import { type CallParams, runResult, type RunParams } from './protocol.ts'
import type { ScriptEnd, ScriptOptions, ScriptReply } from './scripts.ts'

/** A script that is stopped has this long to end by itself, in ms, elsewhere a multiple of that; then its kernel is ended. */
const GRACE_MS = 200
/** When a script has ended, the rest of its output is waited for until nothing came for so long, in ms. */
const MARK_MS = 1_000
const LOOK = 'What it had done until then is done: look before you run it again.'

/** One script on its kernel. */
export class ScriptRun {
  readonly #kernel: Kernel
  readonly #options: ScriptOptions
  readonly #clock: Clock
  readonly #id = randomUUID()
  readonly #request = new CancellationSource()
  readonly #calls = new CancellationSource()
  readonly #open = new Set<Promise<ScriptReply>>()
  readonly #answered = Promise.withResolvers<void>()
  readonly #over = Promise.withResolvers<void>()
  #stopping: Promise<void> | undefined
  /** Of output, until now. */
  #pieces = 0

  constructor(kernel: Kernel, options: ScriptOptions, clock: Clock) {
    this.#kernel = kernel
    this.#options = options
    this.#clock = clock
  }

  /** Runs it, once. The kernel has ended after all that is no clean end. */
  async run(token: CancellationToken): Promise<ScriptEnd | Failure> {
    const registration = token.onCancellationRequested(() => void this.stop())
    try {
      return await this.#run(() => registration.dispose())
    } finally {
      registration.dispose()
      this.#over.resolve()
    }
  }

  /** Ends the script with all that it started. Settles when it has ended. */
  stop(): Promise<void> {
    this.#stopping ??= this.#stop()
    return this.#over.promise
  }

  async #run(detach: () => void): Promise<ScriptEnd | Failure> {
    const kernel = this.#kernel
    const output = kernel.listen(`\0${this.#id}\n`, (text) => {
      this.#pieces++
      return this.#options.onOutput(text)
    })
    kernel.onCall = (call, token) => this.#call(call, token)
    const probe = new Probe(kernel, this.#clock)
    try {
      this.#options.onStart?.({ detach, stop: () => this.stop() })
      const reply = await this.#ask()
      this.#answered.resolve()
      return await this.#finish(reply, output, probe)
    } finally {
      probe.dispose()
      kernel.endOutput()
      this.#calls.cancel('dispose')
      await Promise.all(this.#open)
    }
  }

  /** Undefined when the kernel says that it ended the script because it was told to. */
  async #ask(): Promise<Reply | undefined> {
    const { code, cwd } = this.#options
    const params: RunParams = { script: this.#id, code, cwd: this.#kernel.folder ?? cwd }
    try {
      return await this.#kernel.request('run', params, this.#request.token)
    } catch (error) {
      if (error instanceof CancelledError) return undefined
      throw error
    }
  }

  async #finish(reply: Reply | undefined, output: Promise<void>, probe: Probe): Promise<ScriptEnd | Failure> {
    const kernel = this.#kernel
    if (this.#stopping !== undefined) {
      await this.#stopping
      return { kind: 'stopped' }
    }
    const result = reply?.kind === 'ok' ? runResult.safeParse(reply.value).data : undefined
    if (result === undefined) {
      await kernel.end()
      return this.#lost(reply, probe)
    }
    await this.#heard(output)
    // What a script leaves behind ends with it.
    if (result.processes && (await kernel.hasOthers())) await kernel.end()
    return result.ok ? { kind: 'ended' } : { kind: 'ended', error: result.error }
  }

  /** Settles when all output was heard, or nothing more comes: a script may have closed it. */
  async #heard(output: Promise<void>): Promise<void> {
    const whole = output.then(() => true)
    for (let before = -1; before !== this.#pieces;) {
      before = this.#pieces
      if (await Promise.race([whole, this.#after(MARK_MS).then(() => false)])) return
    }
  }

  async #lost(reply: Reply | undefined, probe: Probe): Promise<Failure> {
    if (reply?.kind === 'failed' && reply.code !== 'closed') return reply
    const end = await this.#kernel.ended
    const lost = end.kind === 'failed' ? undefined : this.#kernel.lost(end)
    if (lost !== undefined) return { ...lost, message: `${lost.message.trim()} ${LOOK}` }
    const how = end.kind === 'failed' ? end.message : howItEnded(end)
    const what = probe.isStuck
      ? 'The process that ran this script neither answered nor did anything, so it was ended.'
      : `The process that ran this script ended before the script did, or closed its connection (${how}).`
    return failed('kernel_ended', `${what} ${LOOK}`)
  }

  async #stop(): Promise<void> {
    this.#calls.cancel('stop')
    this.#request.cancel('stop')
    await Promise.race([this.#answered.promise, this.#after(GRACE_MS * this.#kernel.slowness)])
    await this.#kernel.end()
  }

  async #call({ script, name, input }: CallParams, token: CancellationToken): Promise<ScriptReply> {
    if (script !== this.#id) return failed('ended', 'The script that made this call has ended. It did not run.')
    const source = new CancellationSource(this.#calls)
    const registration = token.onCancellationRequested(() => source.cancel(token.reason ?? 'stop'))
    const reply = this.#options.onCall({ name, input }, source.token)
    this.#open.add(reply)
    try {
      return await reply
    } finally {
      this.#open.delete(reply)
      registration.dispose()
      source.dispose()
    }
  }

  async #after(ms: number): Promise<void> {
    const { promise, resolve } = Promise.withResolvers<void>()
    const timer = this.#clock.after(ms, resolve)
    await Promise.race([promise, this.#over.promise])
    timer.dispose()
  }
}
