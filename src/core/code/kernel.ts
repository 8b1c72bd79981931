import { randomUUID } from 'node:crypto'
import type { Clock, Failure, Log } from '../ports.ts'
import type { Child, Ended } from '../processes/child.ts'
import { type Reply, RpcConnection } from '../rpc/connection.ts'
import type { Transport } from '../rpc/transport.ts'
import type { Enclosed } from '../sandbox/sandbox.ts'
import { type CancellationToken, neverCancelled } from '../scheduling/cancellation.ts'
import { failed } from '../tools/tool.ts'
import { callHandler } from './callHandler.ts'
import type { LocalResults } from './localResults.ts'
import { MarkedOutput } from './markedOutput.ts'
import { type CallParams, checkResult, faultParams } from './protocol.ts'
import type { ScriptReply } from './scripts.ts'

/** In whose name kernels run: a script's own owner ends it, and with it its kernel. */
export const KERNELS = 'kernels'
const START_MS = 20_000
const CHECK_MS = 5_000
/** So much of what a kernel says when it fails to start is told. */
const REASON_LENGTH = 1_000
/** So many times as long as here things may take elsewhere. */
const SLOWNESS = 4

export interface KernelParts {
  clock: Clock
  log: Log
}

/** What a kernel is made of. */
export interface KernelBody {
  /** Its process; elsewhere the local one that carries it. */
  child: Child
  transport: Transport
  /** What its scripts print. */
  output: readonly MarkedOutput[]
  /** Where large results go; none: they are in their answers. */
  results: LocalResults | undefined
  /** None for this machine. */
  elsewhere: Elsewhere | undefined
}

export interface Elsewhere {
  /** Where its scripts run there, absolute. */
  folder: string
  /** Why the carrying process ended so, when that says nothing of the kernel. */
  lost(end: Ended): Failure | undefined
}

type OnCall = (call: CallParams, token: CancellationToken) => Promise<ScriptReply>

/** A process that runs scripts, one at a time, with the connection to it. */
export class Kernel {
  readonly #body: KernelBody
  readonly #connection: RpcConnection
  readonly #clock: Clock
  #ending: Promise<void> | undefined
  #walls: Enclosed | undefined
  /** Answers the calls of the script that runs. */
  onCall: OnCall = async () => failed('ended', 'The script that made this call has ended. It did not run.')

  constructor(body: KernelBody, { clock, log }: KernelParts) {
    this.#body = body
    this.#clock = clock
    const warn = (message: string): void => log.warn(`A script's kernel: ${message}`)
    this.#connection = new RpcConnection(body.transport, {
      requests: { call: callHandler((call, token) => this.onCall(call, token), body.results) },
      notifications: {
        fault: (params) => warn(faultParams.safeParse(params).data?.message ?? 'a fault without words'),
      },
      onFault: warn,
    })
    void this.#connection.closed.then(() => this.end())
    void body.child.ended.then(() => this.end())
  }

  /** Takes the walls over that it runs behind. */
  behind(walls: Enclosed): void {
    this.#walls = walls
    void this.ended.then(() => walls[Symbol.asyncDispose]())
  }

  /** Whether it can be given another script: it answers, and its walls still stand. */
  async isReady(ms: number): Promise<boolean> {
    const [answers, stands] = await Promise.all([this.answers(ms), this.#walls?.stands()])
    return answers && stands !== false && !this.isEnding
  }

  /** Of its process; elsewhere that is none of ours. */
  get pid(): number | undefined {
    return this.#body.elsewhere === undefined ? this.#body.child.pid : undefined
  }

  /** Where its scripts run, when that is not this machine. */
  get folder(): string | undefined {
    return this.#body.elsewhere?.folder
  }

  /** So many times as long as a kernel of this machine it may take for anything. */
  get slowness(): number {
    return this.#body.elsewhere === undefined ? 1 : SLOWNESS
  }

  /** Whether it was told to end, or has ended. */
  get isEnding(): boolean {
    return this.#ending !== undefined
  }

  /** How its process ended. */
  get ended(): Promise<Ended | Failure> {
    return this.#body.child.ended
  }

  /** Why it ended so, when that was not its own doing: the connection to it was lost. */
  lost(end: Ended): Failure | undefined {
    return this.#body.elsewhere?.lost(end)
  }

  /** Hears what a script prints. Settles at the mark that ends both pipes; nothing is heard after `endOutput`. */
  async listen(mark: string, hear: (text: string) => Promise<void> | void): Promise<void> {
    await Promise.all(this.#body.output.map((one) => one.listen(mark, hear)))
  }

  endOutput(): void {
    for (const one of this.#body.output) one.end()
  }

  /** @throws {CancelledError} */
  request(method: 'run' | 'check' | 'ping', params: unknown, token: CancellationToken): Promise<Reply> {
    return this.#connection.request(method, params, token)
  }

  /** Whether it answers within `ms`, elsewhere within a multiple of that. */
  async answers(ms: number): Promise<boolean> {
    const reply = await this.#within(ms, this.request('ping', {}, neverCancelled))
    return reply?.kind === 'ok'
  }

  /** Whether it can run another script, after it ran one: it answers, and is as it was. */
  async isClean(): Promise<boolean> {
    const reply = await this.#within(CHECK_MS, this.request('check', {}, neverCancelled))
    return reply?.kind === 'ok' && checkResult.safeParse(reply.value).data?.clean === true && !this.isEnding
  }

  /** Whether something that its scripts started runs. Elsewhere nobody looks, so that it may. */
  hasOthers(): Promise<boolean> {
    return this.#body.elsewhere === undefined ? this.#body.child.hasOthers() : Promise.resolve(true)
  }

  /** Ends it with all that its scripts started, within 2 s; settles when nothing is left. Safe to call again. */
  end(): Promise<void> {
    this.#ending ??= this.#end()
    return this.#ending
  }

  async #end(): Promise<void> {
    const { child, results } = this.#body
    this.#connection.notify('shutdown')
    await child.stop()
    await this.#connection[Symbol.asyncDispose]()
    child.close()
    await results?.[Symbol.asyncDispose]()
  }

  /** Undefined when it took longer, for where it is. */
  #within<T>(ms: number, promise: Promise<T>): Promise<T | undefined> {
    const { promise: late, resolve } = Promise.withResolvers<undefined>()
    const timer = this.#clock.after(ms * this.slowness, () => resolve(undefined))
    return Promise.race([promise, late]).finally(() => timer.dispose())
  }
}

export interface NotStarted {
  /** There is no such program. */
  missing: boolean
  reason: string
}

/**
 * Opens the process of a kernel and waits for its first answer.
 *
 * @param open starts it, with what hears its output
 * @param name what was started, for the reason why it was not
 * @throws {CancelledError}
 */
export async function openKernel(
  open: (output: readonly [MarkedOutput, MarkedOutput]) => Promise<KernelBody | NotStarted>,
  name: string,
  parts: KernelParts,
  token: CancellationToken,
): Promise<Kernel | NotStarted> {
  const output = [new MarkedOutput(), new MarkedOutput()] as const
  let said = ''
  for (const one of output) void one.listen(randomUUID(), (text) => void (said += text.slice(0, REASON_LENGTH)))
  const body = await open(output)
  if ('missing' in body) return body
  const kernel = new Kernel(body, parts)
  const registration = token.onCancellationRequested(() => void kernel.end())
  const answers = await kernel.answers(START_MS)
  registration.dispose()
  if (answers && !token.isCancellationRequested) {
    kernel.endOutput()
    return kernel
  }
  await kernel.end()
  token.throwIfCancelled()
  const end = await kernel.ended
  for (const one of output) one.end()
  if (end.kind === 'failed') return { missing: true, reason: end.message }
  const lost = kernel.lost(end)
  if (lost !== undefined) return { missing: false, reason: lost.message }
  const late = `did not answer within ${(START_MS * kernel.slowness) / 1_000} s`
  const how = end.stopped ? late : `ended at its start (${howItEnded(end)})`
  // What the sandbox says when there is no such program inside.
  const missing = /execvp .*: No such file/.test(said)
  return { missing, reason: `${name} ${how}. ${said.slice(-REASON_LENGTH)}` }
}

export function howItEnded({ exitCode, signal }: Ended): string {
  return exitCode === undefined ? (signal ?? 'unknown') : `exit code ${exitCode}`
}
