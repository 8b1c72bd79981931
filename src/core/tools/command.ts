import { randomUUID } from 'node:crypto'
import { tmpdir } from 'node:os'
import type { Writable } from 'node:stream'
import type { BackgroundProcess, BackgroundWork } from '../processes/background.ts'
import type { Child, ChildOptions, Ended } from '../processes/child.ts'
import { plainEnvironment } from '../approvals/shell/environment.ts'
import { LiveOutput } from '../processes/liveOutput.ts'
import { OutputBuffer } from '../processes/outputBuffer.ts'
import { ownerOf } from '../processes/processes.ts'
import type { Failure } from '../ports.ts'
import type { CancellationToken } from '../scheduling/cancellation.ts'
import type { ToolPorts } from './ports.ts'
import { shellCommand } from './shell.ts'
import { type Background, type CallProgress, failed } from './tool.ts'

/** What a process has not read yet is not more than this, in bytes. */
const MOST_UNREAD_INPUT = 1024 * 1024
const END_OF_INPUT = '\u0004'

export interface CommandOptions {
  command: string
  /** Where it runs: on this machine an existing folder, absolute. */
  cwd: string | undefined
  /** The id that it would like in the background. */
  name: string | undefined
  /** Whether it can be written to. */
  input: boolean
  /** Ends it after so long in the background, in ms. */
  longest: number | undefined
  /** It was found to be harmless, and runs in an environment that keeps it so. */
  harmless: boolean
}

type Ports = Pick<ToolPorts, 'workspace' | 'processes' | 'runtime' | 'confinement' | 'background' | 'settings'>

/** A command of the terminal's that runs: its call waits for it, or hands it over to the background. */
export class Command {
  readonly #options: CommandOptions
  readonly #ports: Ports
  readonly #progress: CallProgress
  readonly #live: LiveOutput
  #goesOn: Background | undefined
  readonly output: OutputBuffer
  /** What it left running at its exit. */
  left: BackgroundProcess | undefined

  private constructor(options: CommandOptions, ports: Ports, progress: CallProgress) {
    this.#options = options
    this.#ports = ports
    this.#progress = progress
    this.#live = new LiveOutput((text) => progress.output(text))
    this.output = new OutputBuffer(ports.settings().outputBytes, ports.processes.files)
  }

  /** @throws {CancelledError} when cancelled before it began */
  static async start(
    options: CommandOptions,
    ports: Ports,
    progress: CallProgress,
    token: CancellationToken,
  ): Promise<{ command: Command; child: Child } | Failure> {
    const command = new Command(options, ports, progress)
    const carried = await carry(options, ports, progress, token)
    if ('kind' in carried) return carried
    const hear = (chunk: Buffer): Promise<void> | undefined => command.#hear(chunk)
    const opened = ports.processes.open(
      {
        ...carried.how,
        onOutput: hear,
        onError: hear,
        onLeftBehind: (rest) => {
          const ended = rest.ended.then(() => 'ended')
          command.left = command.#adopt({ detached: true, ended, stop: () => rest.stop() })
        },
      },
      ownerOf(progress.owner),
      token,
    )
    const child = await opened.catch(async (error: unknown) => {
      await carried.over()
      throw error
    })
    void child.ended.then(() => carried.over())
    return { command, child }
  }

  /** Hands it over: it is in the table from now on. */
  goOn(child: Child): Background {
    if (this.#goesOn !== undefined) return this.#goesOn
    this.#live.flush()
    const { longest } = this.#options
    const timer = longest === undefined ? undefined : setTimeout(() => void child.stop(), longest)
    const ended = child.ended.then((end) => {
      clearTimeout(timer)
      this.output.end()
      return wordsOf(end)
    })
    const input = this.#options.input ? child.input : undefined
    const write = input && ((text: string) => writeTo(input, text))
    const { id } = this.#adopt({ ended, stop: () => child.stop(), ...(write !== undefined && { write }) })
    this.#goesOn = { id, output: this.output.unread() }
    return this.#goesOn
  }

  /** All of its output, when it has ended. */
  end(): string {
    this.#live.add(this.output.end())
    this.#live.flush()
    const text = this.output.text()
    // What has been told is not told again by a read of what it left behind.
    this.output.unread()
    return text
  }

  #hear(chunk: Buffer): Promise<void> | undefined {
    this.#live.add(this.output.add(chunk))
    return this.output.full
  }

  #adopt(work: Pick<BackgroundWork, 'ended' | 'stop' | 'write' | 'detached'>): BackgroundProcess {
    const { command: title, name = firstWord(title) } = this.#options
    const { owner } = this.#progress
    return this.#ports.background.adopt({ name, title, kind: 'command', owner, output: this.output, ...work })
  }
}

interface Carried {
  how: Pick<ChildOptions, 'file' | 'args' | 'cwd' | 'environment' | 'input' | 'endsWithInput'>
  over(): Promise<void>
}

/** The local process that runs it: here, behind walls where it must, or where the runtime is. */
async function carry(
  { command, cwd, input, harmless }: CommandOptions,
  { runtime, confinement, workspace }: Ports,
  { reach }: CallProgress,
  token: CancellationToken,
): Promise<Carried | Failure> {
  const elsewhere = runtime()
  if (elsewhere !== undefined) {
    const carrier = await elsewhere.carry(
      { command: `exec 2>&1\n${command}`, cwd, mark: `${randomUUID()};`, input },
      token,
    )
    if ('kind' in carrier) return carrier
    return { how: { ...carrier, cwd: tmpdir(), input: true, endsWithInput: true }, over: () => Promise.resolve() }
  }
  const plain = harmless ? await plainEnvironment(process.env, workspace.folders()) : undefined
  const enclosed = await confinement.enclose({ ...(await shellCommand(command, plain)), cwd: cwd ?? tmpdir() }, reach)
  if ('kind' in enclosed) return enclosed
  const { file, args, environment } = enclosed
  const how = { file, args, cwd: cwd ?? tmpdir(), environment, input }
  return { how, over: async () => enclosed[Symbol.asyncDispose]() }
}

/** How a command ended, as its result's first line says it. */
export function headOf({ exitCode, signal }: Ended): string {
  return signal === undefined ? `exit code ${exitCode ?? 0}` : `ended by signal ${signal}`
}

function wordsOf(end: Ended | Failure): string {
  if (end.kind === 'failed') return end.message
  return end.stopped ? 'stopped' : headOf(end)
}

function firstWord(command: string): string {
  return command.trim().split(/\s+/)[0]?.split('/').at(-1) ?? ''
}

function writeTo(input: Writable, text: string): Failure | undefined {
  if (!input.writable) return failed('input_closed', 'Its input is closed. Start the command again to write to it.')
  if (input.writableLength > MOST_UNREAD_INPUT) {
    return failed('input_full', 'It has not read what was written before. Wait, read what it says, or stop it.')
  }
  if (text.endsWith(END_OF_INPUT)) input.end(text.slice(0, -1))
  else input.write(text)
  return undefined
}
