import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Failure } from '../ports.ts'
import type { Child } from '../processes/child.ts'
import type { Processes } from '../processes/processes.ts'
import { type CancellationToken, neverCancelled, orCancelled } from '../scheduling/cancellation.ts'
import { failed } from '../tools/tool.ts'
import { supervised } from './remoteShell.ts'
import type { Carrier, Runtime, ScriptTransport, ShellCommand } from './runtime.ts'

export interface SshOptions {
  /** As `ssh` takes it: a name of the user's ssh configuration, or `user@host`. */
  host: string
  /** A folder there. */
  folder: string
  transport?: ScriptTransport
  processes: Pick<Processes, 'open'>
  /** Arguments for each `ssh`, before the others. */
  options?: readonly string[]
}

/** What `ssh` itself ends with when it fails. */
const SSH_FAILED = 255
const CONNECT_SECONDS = 15
const ALIVE_SECONDS = 5
const LONGEST_ERROR = 2_000

/** Another machine, by the system's OpenSSH: one connection, kept open, carries all commands. */
export class SshRuntime implements Runtime {
  readonly label: string
  readonly folder: string
  readonly transport: ScriptTransport
  readonly #options: SshOptions
  /** The connection that the others go through; made at first use, and anew when it was lost. */
  #connection: Promise<Connection | Failure> | undefined

  constructor(options: SshOptions) {
    this.#options = options
    this.label = options.host
    this.folder = options.folder
    this.transport = options.transport ?? 'files'
  }

  async carry(command: ShellCommand, token: CancellationToken): Promise<Carrier | Failure> {
    const { host, options = [] } = this.#options
    if (/^-|\s/.test(host) || host === '')
      return failed('bad_host', `"${host}" is no name of a host. Correct stretto.runtime.host in the settings.`)
    this.#connection ??= this.#connect()
    const connection = await orCancelled(this.#connection, token)
    if ('kind' in connection) return connection
    const args = [...options, ...QUIET, '-o', 'ControlMaster=no', '-S', connection.socket]
    return { file: 'ssh', args: [...args, '--', host, ...supervised(command, this.folder)] }
  }

  lost(exitCode: number | undefined, errors: string): Failure | undefined {
    if (exitCode !== SSH_FAILED) return undefined
    const words = errors.trim().split('\n').at(-1) ?? ''
    return failed('connection_lost', `The connection to ${this.label} was lost, and with it what ran there. ${words}`)
  }

  async [Symbol.asyncDispose](): Promise<void> {
    const connection = await this.#connection
    if (connection !== undefined && 'socket' in connection) await connection[Symbol.asyncDispose]()
  }

  async #connect(): Promise<Connection | Failure> {
    const connection = await connect(this.#options)
    if ('kind' in connection) this.#connection = undefined
    else void connection.ended.then(() => (this.#connection = undefined))
    return connection
  }
}

interface Connection extends AsyncDisposable {
  socket: string
  ended: Promise<unknown>
}

const QUIET = ['-T', '-o', 'BatchMode=yes', '-o', 'LogLevel=ERROR']

/** Starts the process that holds the connection, and waits until it says that it stands. */
async function connect({ host, processes, options = [] }: SshOptions): Promise<Connection | Failure> {
  // Sockets have short names: their whole path is bounded by about 100 bytes.
  const folder = await mkdtemp(join(tmpdir(), 'stretto-'))
  const socket = join(folder, 's')
  const alive = ['-o', `ConnectTimeout=${CONNECT_SECONDS}`, '-o', `ServerAliveInterval=${ALIVE_SECONDS}`]
  const master = ['-o', 'ControlMaster=yes', '-o', 'ControlPersist=no', '-S', socket]
  const { promise: stands, resolve } = Promise.withResolvers<void>()
  let errors = ''
  const child = await processes.open(
    {
      file: 'ssh',
      // It writes one line when it can run commands, then holds until its input ends.
      args: [...options, ...QUIET, ...alive, ...master, '--', host, 'echo ready; exec cat'],
      cwd: folder,
      input: true,
      onOutput: () => resolve(),
      onError: (chunk) => {
        errors = (errors + chunk.toString()).slice(-LONGEST_ERROR)
      },
    },
    'runtime',
    neverCancelled,
  )
  const ended = child.ended.then(() => rm(folder, { recursive: true, force: true }))
  const first = await Promise.race([stands, child.ended])
  if (first !== undefined) return first.kind === 'failed' ? first : unreachable(host, errors)
  return { socket, ended, [Symbol.asyncDispose]: () => close(child, ended) }
}

async function close(child: Child, ended: Promise<unknown>): Promise<void> {
  child.input?.end()
  await child.stop()
  await ended
}

function unreachable(host: string, errors: string): Failure {
  const words = errors.trim() || 'It said nothing.'
  return failed(
    'unreachable',
    `${host} cannot be reached by ssh: ${words} Check that "ssh ${host}" works in a terminal without asking anything.`,
  )
}
