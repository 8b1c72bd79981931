import { type ChildProcess, spawn } from 'node:child_process'
import { Duplex, type Readable, type Writable } from 'node:stream'
import { setTimeout as delay } from 'node:timers/promises'
import type { Failure } from '../ports.ts'
import { failed } from '../tools/tool.ts'
import { hasOthers, killTree } from './killTree.ts'
import { LeftBehind } from './leftBehind.ts'

/** After its exit a process's output is read until it is quiet this long, in ms: a grandchild may hold the pipe open. */
const QUIET_MS = 100
const LONGEST_DRAIN_MS = 500
/** How long the exit of a killed process is waited for, in ms. */
const EXIT_WAIT_MS = 100
/** How long the end of the input may take to end what runs elsewhere, in ms. */
const INPUT_END_MS = 2_000

export interface ChildOptions {
  file: string
  /** Given as they are: no shell reads them. */
  args: readonly string[]
  /** An existing folder. */
  cwd: string
  /** Hears what it writes. A promise holds that pipe until it settles, so that a flood waits; it never rejects. */
  onOutput: Hear
  onError: Hear
  /** Told before the end when something of it goes on after its exit. What that writes goes on being heard. */
  onLeftBehind?: (rest: LeftBehind) => void
  /** Whether it gets a pipe as its input; else it has none. */
  input?: boolean
  /** It ends by itself, with all that it started elsewhere, when its input ends: asked so before it is killed. */
  endsWithInput?: boolean
  /** How many more pipes it gets, for both directions, from file descriptor 3 on. */
  channels?: number
  /** Added to the environment that it gets. */
  environment?: Readonly<Record<string, string>>
}

type Hear = (chunk: Buffer) => Promise<void> | void

export interface Ended {
  kind: 'ended'
  /** None when a signal ended it. */
  exitCode: number | undefined
  signal: NodeJS.Signals | undefined
  /** It was ended because that was asked for, and not by itself before. */
  stopped: boolean
}

type Exit = Pick<Ended, 'exitCode' | 'signal'>

/** One process, the leader of its own group. */
export class Child {
  readonly #process: ChildProcess
  readonly #mark: string
  readonly #endsWithInput: boolean
  readonly #onLeftBehind: ChildOptions['onLeftBehind']
  readonly #exit: Promise<Exit | Failure>
  readonly #killed = Promise.withResolvers<Exit>()
  #stopping: Promise<void> | undefined
  #heardAt = 0
  /** Pipes whose listener has asked them to wait. */
  #held = 0
  /** Settles when it has ended and its output was read; never rejects. */
  readonly ended: Promise<Ended | Failure>

  /** @param mark is in `environment`, and in that of all that it starts */
  constructor(options: ChildOptions, environment: NodeJS.ProcessEnv, mark: string) {
    const { file, args, cwd, onOutput, onError, input = false, channels = 0 } = options
    this.#mark = mark
    this.#endsWithInput = options.endsWithInput ?? false
    this.#onLeftBehind = options.onLeftBehind
    this.#process = spawn(file, args, {
      cwd,
      env: environment,
      detached: process.platform !== 'win32',
      stdio: [input ? 'pipe' : 'ignore', 'pipe', 'pipe', ...Array<'pipe'>(channels).fill('pipe')],
      windowsHide: true,
    })
    this.#listen(this.#process.stdout, onOutput)
    this.#listen(this.#process.stderr, onError)
    // What is written to a process that has ended goes nowhere; `ended` says so.
    for (const pipe of [this.#process.stdin, ...this.#channels()]) pipe?.on('error', () => undefined)
    this.#exit = exitOf(this.#process, file)
    this.ended = this.#await()
  }

  /** Undefined when it could not be started. */
  get pid(): number | undefined {
    return this.#process.pid
  }

  /** Its input, where `input` asked for one. */
  get input(): Writable | undefined {
    return this.#process.stdin ?? undefined
  }

  /** @param n from 0: file descriptor `3 + n` of the process */
  channel(n: number): Duplex {
    const pipe = this.#channels()[n]
    if (pipe === undefined) throw new RangeError(`it has no channel ${n}`)
    return pipe
  }

  /** Whether something that it started runs. */
  hasOthers(): Promise<boolean> {
    return hasOthers({ pid: this.#process.pid, mark: this.#mark })
  }

  /** Ends it with all that it started; settles within 2 s, like `ended`, which says so. */
  async stop(): Promise<void> {
    const { pid } = this.#process
    if (pid === undefined) return
    this.#stopping ??= this.#kill(pid).then(() => {
      void delay(EXIT_WAIT_MS).then(() => this.#killed.resolve({ exitCode: undefined, signal: 'SIGKILL' }))
    })
    await this.ended
  }

  async #kill(pid: number): Promise<void> {
    if (this.#endsWithInput) {
      this.#process.stdin?.end()
      await Promise.race([this.#exit, delay(INPUT_END_MS, undefined, { ref: false })])
    }
    await killTree({ pid, mark: this.#mark })
  }

  /** Settles when nothing holds its pipes any more. */
  get closed(): Promise<void> {
    return Promise.all([closeOf(this.#process.stdout), closeOf(this.#process.stderr)]).then(() => undefined)
  }

  /** Reads no more of what a grandchild writes. */
  close(): void {
    this.#process.stdout?.destroy()
    this.#process.stderr?.destroy()
    for (const pipe of this.#channels()) pipe.destroy()
  }

  async #await(): Promise<Ended | Failure> {
    const exit = await Promise.race([this.#exit, this.#killed.promise])
    if ('kind' in exit) return exit
    const stopped = this.#stopping !== undefined
    await Promise.race([this.closed, this.#drain()])
    await this.#stopping
    await this.#leave(stopped)
    return { kind: 'ended', ...exit, stopped }
  }

  async #leave(stopped: boolean): Promise<void> {
    const { pid } = this.#process
    const asked = !stopped && pid !== undefined && this.#onLeftBehind !== undefined
    const rest = asked ? await LeftBehind.of({ pid, mark: this.#mark }) : undefined
    if (rest === undefined) return this.#release()
    void rest.ended.then(() => this.#release())
    this.#onLeftBehind?.(rest)
  }

  /** Settles when nothing more was heard for a while. */
  async #drain(): Promise<void> {
    const end = performance.now() + LONGEST_DRAIN_MS
    for (let before = -1; this.#held > 0 || (before !== this.#heardAt && performance.now() < end);) {
      before = this.#heardAt
      await delay(QUIET_MS)
    }
  }

  /** A grandchild that writes on meets neither a full pipe nor a broken one; what it writes goes nowhere. */
  #release(): void {
    this.#process.stdin?.destroy()
    if (this.#stopping !== undefined) return this.close()
    for (const pipe of [this.#process.stdout, this.#process.stderr]) {
      pipe?.removeAllListeners('data')
      pipe?.resume()
    }
  }

  #listen(pipe: Readable | null, hear: Hear): void {
    pipe?.on('data', (chunk: Buffer) => {
      this.#heardAt = performance.now()
      const held = hear(chunk)
      if (held === undefined) return
      this.#held++
      pipe.pause()
      void held.then(() => {
        this.#held--
        pipe.resume()
      })
    })
  }

  #channels(): Duplex[] {
    return this.#process.stdio.slice(3).filter((pipe) => pipe instanceof Duplex)
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
