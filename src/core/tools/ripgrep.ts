import type { Failure } from '../ports.ts'
import { CancellationSource, type CancellationToken } from '../scheduling/cancellation.ts'
import type { ToolPorts } from './ports.ts'
import { failed } from './tool.ts'

/** A longer record is dropped: a line of a minified file, as a rule. In UTF-16 units. */
const LONGEST_RECORD = 1024 * 1024
const LONGEST_ERROR = 4_000

/** Given to every run: the user's own configuration is not read, hidden files are, links are not followed. */
const common = ['--no-config', '--no-messages', '--color=never', '--no-follow', '--hidden', '--glob=!**/.git']

export interface RipgrepOptions {
  cwd: string
  args: readonly string[]
  /** What ends each record of its output. */
  separator: '\n' | '\0'
  /** Hears each record; false when that was enough. A record that was too long comes as undefined. */
  onRecord(record: string | undefined): boolean
}

export interface RipgrepEnd {
  kind: 'ended'
  /** What it complained about when it could not begin: a bad pattern. */
  complaint: string | undefined
}

/** One run of ripgrep in one folder. When the token is cancelled it ends early, and what it found stays. */
export async function ripgrep(
  ports: Pick<ToolPorts, 'processes' | 'ripgrep'>,
  options: RipgrepOptions,
  token: CancellationToken,
): Promise<RipgrepEnd | Failure> {
  const file = await ports.ripgrep()
  token.throwIfCancelled()
  const own = new CancellationSource()
  using _registration = disposable(token.onCancellationRequested(() => own.cancel(token.reason ?? 'stop')))
  let errors = ''
  let records = 0
  const splitter = new Splitter(options.separator, (record) => {
    records++
    if (own.token.isCancellationRequested || options.onRecord(record)) return
    own.cancel('stop')
  })
  const end = await ports.processes.run(
    {
      file,
      args: [...common, ...options.args],
      cwd: options.cwd,
      onOutput: (chunk) => splitter.add(chunk),
      onError: (chunk) => {
        if (errors.length < LONGEST_ERROR) errors += chunk.toString()
      },
    },
    own.token,
  )
  if (end.kind === 'failed') return failed('no_ripgrep', `Search does not work here: ${end.message} Use terminal.`)
  const isRefused = end.exitCode !== undefined && end.exitCode > 1 && records === 0 && errors !== ''
  return { kind: 'ended', complaint: isRefused ? errors.trim().slice(0, LONGEST_ERROR) : undefined }
}

/** Cuts a stream into records, in bounded memory. */
class Splitter {
  readonly #separator: string
  readonly #onRecord: (record: string | undefined) => void
  readonly #decoder = new TextDecoder()
  #rest = ''
  #dropping = false

  constructor(separator: string, onRecord: (record: string | undefined) => void) {
    this.#separator = separator
    this.#onRecord = onRecord
  }

  add(chunk: Buffer): void {
    const records = (this.#rest + this.#decoder.decode(chunk, { stream: true })).split(this.#separator)
    this.#rest = records.pop() ?? ''
    for (const record of records) {
      this.#onRecord(this.#dropping ? undefined : record)
      this.#dropping = false
    }
    if (this.#rest.length <= LONGEST_RECORD) return
    this.#rest = ''
    this.#dropping = true
  }
}

function disposable(registration: { dispose(): void }): Disposable {
  return { [Symbol.dispose]: () => registration.dispose() }
}
