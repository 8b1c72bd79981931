import { type ChildProcess, spawn } from 'node:child_process'
import { setTimeout as delay } from 'node:timers/promises'
import type { Failure } from '../ports.ts'
import { failed } from '../tools/tool.ts'
import { killTree } from './killTree.ts'

/** After its exit a process's output is read until it is quiet this long, in ms: a grandchild may hold the pipe open. */
const QUIET_MS = 100
const LONGEST_DRAIN_MS = 500
/** How long the exit of a killed process is waited for, in ms. */
const EXIT_WAIT_MS = 100

export interface ChildOptions {
  file: string
  /** Given as they are: no shell reads them. */
  args: readonly string[]
  /** An existing folder. */
  cwd: string
  onOutput: (chunk: Buffer) => void
  onError: (chunk: Buffer) => void
  /** Called when it runs. After `detach` the token ends it no more: it belongs to its owner alone. */
  onStart?: (detach: () => void) => void
}

export interface Ended {
  kind: 'ended'
  /** None when a signal ended it. */
  exitCode: number | undefined
  signal: NodeJS.Signals | undefined
  /** It was ended because that was asked for, and not by itself before. */
  stopped: boolean
}

type Exit = Pick<Ended, 'exitCode' | 'signal'>

/** One process, the leader of its own group, without input. */
export class Child {
  readonly #process: ChildProcess
  readonly #mark: string
  readonly #exit: Promise<Exit | Failure>
  readonly #killed = Promise.withResolvers<Exit>()
  #stopping: Promise<void> | undefined
  #heardAt = 0
  /** Settles when it has ended and its output was read; never rejects. */
  readonly ended: Promise<Ended | Failure>

  /** @param mark is in `environment`, and in that of all that it starts */
  constructor(options: ChildOptions, environment: NodeJS.ProcessEnv, mark: string) {
    const { file, args, cwd, onOutput, onError } = options
    this.#mark = mark
    this.#process = spawn(file, args, {
      cwd,
      env: environment,
      detached: process.platform !== 'win32',
      stdio: ['ignore', 'pipe', 'pipe'],
      windowsHide: true,
    })
    this.#process.stdout?.on('data', (chunk: Buffer) => this.#hear(chunk, onOutput))
    this.#process.stderr?.on('data', (chunk: Buffer) => this.#hear(chunk, onError))
    this.#exit = exitOf(this.#process, file)
    this.ended = this.#await()
  }

  /** Ends it with all that it started; `ended` settles within 2 s and says so. */
  stop(): void {
    const { pid } = this.#process
    if (pid === undefined || this.#stopping !== undefined) return
    this.#stopping = killTree({ pid, mark: this.#mark })
    void this.#stopping.then(async () => {
      await delay(EXIT_WAIT_MS)
      this.#killed.resolve({ exitCode: undefined, signal: 'SIGKILL' })
    })
  }

  /** Settles when nothing holds its pipes any more. */
  get closed(): Promise<void> {
    return Promise.all([closeOf(this.#process.stdout), closeOf(this.#process.stderr)]).then(() => undefined)
  }

  /** Reads no more of what a grandchild writes. */
  close(): void {
    this.#process.stdout?.destroy()
    this.#process.stderr?.destroy()
  }

  async #await(): Promise<Ended | Failure> {
    const exit = await Promise.race([this.#exit, this.#killed.promise])
    if ('kind' in exit) return exit
    const stopped = this.#stopping !== undefined
    await Promise.race([this.closed, this.#drain()])
    await this.#stopping
    this.#release()
    return { kind: 'ended', ...exit, stopped }
  }

  /** Settles when nothing more was heard for a while. */
  async #drain(): Promise<void> {
    const end = performance.now() + LONGEST_DRAIN_MS
    for (let before = -1; before !== this.#heardAt && performance.now() < end;) {
      before = this.#heardAt
      await delay(QUIET_MS)
    }
  }

  /** A grandchild that writes on meets neither a full pipe nor a broken one; what it writes goes nowhere. */
  #release(): void {
    if (this.#stopping !== undefined) return this.close()
    for (const pipe of [this.#process.stdout, this.#process.stderr]) {
      pipe?.removeAllListeners('data')
      pipe?.resume()
    }
  }

  #hear(chunk: Buffer, listener: (chunk: Buffer) => void): void {
    this.#heardAt = performance.now()
    listener(chunk)
  }
}

function exitOf(child: ChildProcess, file: string): Promise<Exit | Failure> {
  const { promise, resolve } = Promise.withResolvers<Exit | Failure>()
  child.once('exit', (exitCode, signal) => resolve({ exitCode: exitCode ?? undefined, signal: signal ?? undefined }))
  child.once('error', (error) => {
    resolve(failed('cannot_start', `${file} could not be started: ${error.message}. Check that it is installed.`))
  })
  return promise
}

function closeOf(pipe: (NodeJS.ReadableStream & { closed?: boolean }) | null): Promise<void> {
  const { promise, resolve } = Promise.withResolvers<void>()
  if (pipe === null || pipe.closed === true) resolve()
  else pipe.once('close', () => resolve())
  return promise
}
