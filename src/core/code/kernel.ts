import { randomUUID } from 'node:crypto'
import type { Reach } from '../approvals/policy.ts'
import type { Clock, Failure, Log } from '../ports.ts'
import type { Child, Ended } from '../processes/child.ts'
import type { Processes } from '../processes/processes.ts'
import { type Reply, RpcConnection } from '../rpc/connection.ts'
import { streamTransport } from '../rpc/streamTransport.ts'
import type { Confinement } from '../sandbox/confinement.ts'
import type { Enclosed } from '../sandbox/sandbox.ts'
import { type CancellationToken, neverCancelled } from '../scheduling/cancellation.ts'
import { failed } from '../tools/tool.ts'
import { callHandler } from './callHandler.ts'
import type { KernelProgram, Launch } from './kernelProgram.ts'
import { LocalResults } from './localResults.ts'
import { MarkedOutput } from './markedOutput.ts'
import { type CallParams, checkResult, faultParams } from './protocol.ts'
import type { ScriptReply } from './scripts.ts'

/** In whose name kernels run: a script's own owner ends it, and with it its kernel. */
export const KERNELS = 'kernels'
const START_MS = 20_000
const CHECK_MS = 5_000
/** So much of what a kernel says when it fails to start is told. */
const REASON_LENGTH = 1_000

export interface KernelParts {
  processes: Pick<Processes, 'open'>
  confinement: Pick<Confinement, 'enclose'>
  clock: Clock
  log: Log
}

type OnCall = (call: CallParams, token: CancellationToken) => Promise<ScriptReply>

/** A process that runs scripts, one at a time, with the connection to it. */
export class Kernel {
  readonly #child: Child
  readonly #connection: RpcConnection
  readonly #output: readonly MarkedOutput[]
  readonly #results: LocalResults | undefined
  readonly #clock: Clock
  #ending: Promise<void> | undefined
  #walls: Enclosed | undefined
  /** Answers the calls of the script that runs. */
  onCall: OnCall = async () => failed('ended', 'The script that made this call has ended. It did not run.')

  /** @param reach behind walls it sees no files but its own and those of the workspace */
  constructor(child: Child, output: readonly MarkedOutput[], reach: Reach, { clock, log }: KernelParts) {
    this.#child = child
    this.#results = reach === 'user' ? new LocalResults() : undefined
    this.#output = output
    this.#clock = clock
    const warn = (message: string): void => log.warn(`A script's kernel: ${message}`)
    this.#connection = new RpcConnection(streamTransport(child.channel(1), child.channel(0)), {
      requests: { call: callHandler((call, token) => this.onCall(call, token), this.#results) },
      notifications: {
        fault: (params) => warn(faultParams.safeParse(params).data?.message ?? 'a fault without words'),
      },
      onFault: warn,
    })
    void this.#connection.closed.then(() => this.end())
    void child.ended.then(() => this.end())
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

  get pid(): number | undefined {
    return this.#child.pid
  }

  /** Whether it was told to end, or has ended. */
  get isEnding(): boolean {
    return this.#ending !== undefined
  }

  /** How its process ended. */
  get ended(): Promise<Ended | Failure> {
    return this.#child.ended
  }

  /** Hears what a script prints. Settles at the mark that ends both pipes; nothing is heard after `endOutput`. */
  async listen(mark: string, hear: (text: string) => Promise<void> | void): Promise<void> {
    await Promise.all(this.#output.map((one) => one.listen(mark, hear)))
  }

  endOutput(): void {
    for (const one of this.#output) one.end()
  }

  /** @throws {CancelledError} */
  request(method: 'run' | 'check' | 'ping', params: unknown, token: CancellationToken): Promise<Reply> {
    return this.#connection.request(method, params, token)
  }

  /** Whether it answers within `ms`. */
  async answers(ms: number): Promise<boolean> {
    const reply = await this.#within(ms, this.request('ping', {}, neverCancelled))
    return reply?.kind === 'ok'
  }

  /** Whether it can run another script, after it ran one: it answers, and is as it was. */
  async isClean(): Promise<boolean> {
    const reply = await this.#within(CHECK_MS, this.request('check', {}, neverCancelled))
    return reply?.kind === 'ok' && checkResult.safeParse(reply.value).data?.clean === true && !this.isEnding
  }

  /** Whether something that its scripts started runs. */
  hasOthers(): Promise<boolean> {
    return this.#child.hasOthers()
  }

  /** Ends it with all that its scripts started, within 2 s; settles when nothing is left. Safe to call again. */
  end(): Promise<void> {
    this.#ending ??= this.#end()
    return this.#ending
  }

  async #end(): Promise<void> {
    this.#connection.notify('shutdown')
    await this.#child.stop()
    await this.#connection[Symbol.asyncDispose]()
    this.#child.close()
    await this.#results?.[Symbol.asyncDispose]()
  }

  /** Undefined when it took longer. */
  #within<T>(ms: number, promise: Promise<T>): Promise<T | undefined> {
    const { promise: late, resolve } = Promise.withResolvers<undefined>()
    const timer = this.#clock.after(ms, () => resolve(undefined))
    return Promise.race([promise, late]).finally(() => timer.dispose())
  }
}

/** Starts one; a failure says why there is none, and what to do. @throws {CancelledError} */
export async function startKernel(
  program: KernelProgram,
  reach: Reach,
  parts: KernelParts,
  token: CancellationToken,
): Promise<Kernel | Failure> {
  let reason = ''
  for (const launch of program.launches) {
    const enclosed = await parts.confinement.enclose(launch, reach, program.folders)
    if ('kind' in enclosed) return enclosed
    const environment = { ...launch.environment, ...enclosed.environment }
    const inside = { ...launch, file: enclosed.file, args: enclosed.args, environment }
    const kernel = await launchKernel(inside, reach, parts, token)
    if (kernel instanceof Kernel) kernel.behind(enclosed)
    else await enclosed[Symbol.asyncDispose]()
    if (kernel instanceof Kernel) return kernel
    reason = reason === '' || !kernel.missing ? kernel.reason : reason
    if (!kernel.missing) break
  }
  return failed('no_kernel', `There is no kernel for ${program.language} scripts: ${reason.trim()} ${program.remedy}`)
}

interface NotStarted {
  /** There is no such program. */
  missing: boolean
  reason: string
}

async function launchKernel(
  launch: Launch,
  reach: Reach,
  parts: KernelParts,
  token: CancellationToken,
): Promise<Kernel | NotStarted> {
  const output = [new MarkedOutput(), new MarkedOutput()] as const
  const [onOutput, onError] = output.map((one) => (chunk: Buffer) => one.add(chunk))
  if (onOutput === undefined || onError === undefined) throw new Error('a kernel has two outputs')
  let said = ''
  for (const one of output) void one.listen(randomUUID(), (text) => void (said += text.slice(0, REASON_LENGTH)))
  const child = await parts.processes.open({ ...launch, channels: 2, onOutput, onError }, KERNELS, token)
  if (child.pid === undefined) {
    const end = await child.ended
    return { missing: true, reason: end.kind === 'failed' ? end.message : `${launch.file} did not start.` }
  }
  const kernel = new Kernel(child, output, reach, parts)
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
  kernel.endOutput()
  if (end.kind === 'failed') return { missing: true, reason: end.message }
  const how = end.stopped ? `did not answer within ${START_MS / 1_000} s` : `ended at its start (${howItEnded(end)})`
  // What the sandbox says when there is no such program inside.
  const missing = /execvp .*: No such file/.test(said)
  return { missing, reason: `${launch.file} ${how}. ${said.slice(-REASON_LENGTH)}` }
}

export function howItEnded({ exitCode, signal }: Ended): string {
  return exitCode === undefined ? (signal ?? 'unknown') : `exit code ${exitCode}`
}
