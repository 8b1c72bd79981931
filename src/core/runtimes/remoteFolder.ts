import { randomUUID } from 'node:crypto'
import { tmpdir } from 'node:os'
import type { Failure } from '../ports.ts'
import type { Child } from '../processes/child.ts'
import { CancellationSource, type CancellationToken } from '../scheduling/cancellation.ts'
import { failed } from '../tools/tool.ts'
import { type RanThere, RUNTIME, runThere, type There } from './runThere.ts'

/** Holds the folder until its input ends, and removes it: also when the connection was lost. */
const HOLD = `
umask 077
at=$(mktemp -d "\${TMPDIR:-/tmp}/stretto-XXXXXXXX") || exit 1
trap '' TERM HUP
printf '%s\\n' "$at"; pwd; echo
cat >/dev/null
rm -rf "$at" || { sleep 0.5; rm -rf "$at"; }
`
const LONGEST_ERROR = 2_000

/** A private folder there, that goes when it is disposed of or the connection is lost. */
export class RemoteFolder implements AsyncDisposable {
  readonly #there: There
  readonly #child: Child
  readonly #lifetime = new CancellationSource()
  /** Absolute. */
  readonly path: string
  /** The runtime's own folder, absolute. */
  readonly cwd: string
  #isOpen = true

  private constructor(there: There, child: Child, [path = '', ...cwd]: string[]) {
    this.#there = there
    this.#child = child
    this.path = path
    this.cwd = cwd.join('\n')
    void child.ended.then(() => {
      this.#isOpen = false
      this.#lifetime.cancel('dispose')
    })
  }

  /** @throws {CancelledError} */
  static async open(there: There, token: CancellationToken): Promise<RemoteFolder | Failure> {
    const { runtime, processes } = there
    const carrier = await runtime.carry({ command: HOLD, mark: `${randomUUID()};`, input: true }, token)
    if ('kind' in carrier) return carrier
    const stands = Promise.withResolvers<void>()
    let output = ''
    let errors = ''
    const onOutput = (chunk: Buffer): void => {
      output += chunk.toString('utf8')
      if (output.endsWith('\n\n')) stands.resolve()
    }
    const onError = (chunk: Buffer): void => void (errors = (errors + chunk.toString()).slice(-LONGEST_ERROR))
    const how = { ...carrier, cwd: tmpdir(), input: true, endsWithInput: true, onOutput, onError }
    const child = await processes.open(how, RUNTIME, token)
    const registration = token.onCancellationRequested(() => void child.stop())
    const end = await Promise.race([stands.promise, child.ended])
    registration.dispose()
    token.throwIfCancelled()
    if (end === undefined) return new RemoteFolder(there, child, output.slice(0, -2).split('\n'))
    if (end.kind === 'failed') return end
    return runtime.lost(end.exitCode, errors) ?? notMade(there, errors)
  }

  /** False when it has gone: what is run in its name ends, and nothing more can be. */
  get isOpen(): boolean {
    return this.#isOpen
  }

  /** Runs a command, in the runtime's folder, to its end. Cancelled, too, when the folder goes. @throws {CancelledError} */
  async run(command: string, input: string, token: CancellationToken): Promise<RanThere | Failure> {
    const source = new CancellationSource(this.#lifetime)
    const registration = token.onCancellationRequested(() => source.cancel(token.reason ?? 'stop'))
    try {
      return await runThere(this.#there, command, input, source.token)
    } finally {
      registration.dispose()
      source.dispose()
    }
  }

  /** Settles when it is gone. */
  async [Symbol.asyncDispose](): Promise<void> {
    this.#isOpen = false
    await this.#child.stop()
    this.#lifetime.cancel('dispose')
  }
}

function notMade({ runtime: { label, folder } }: There, errors: string): Failure {
  const advice = 'Correct stretto.runtime.folder in the settings, or make room there.'
  return failed(
    'no_folder',
    `Nothing can run in ${folder} on ${label}: ${errors.trim() || 'no reason given.'} ${advice}`,
  )
}
