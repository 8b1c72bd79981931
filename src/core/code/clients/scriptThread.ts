import { inspect } from 'node:util'
import { Worker } from 'node:worker_threads'
import type { RpcConnection } from '../../rpc/connection.ts'
import { CancelledError, CancellationSource, type CancellationToken } from '../../scheduling/cancellation.ts'
import type { RunParams, RunResult } from '../protocol.ts'
import { type Footprint, hasStarted, waitedFor } from './footprint.ts'
import { writeWhole } from './printing.ts'
import type { FromWorker, ToWorker } from './workerMessages.ts'

/** A script that is to end has this long for its `finally`, in ms. */
const GRACE_MS = 100

/** A thread that waits for its one script. */
export class ScriptThread {
  readonly #worker: Worker
  readonly #program: string
  readonly #calls = new Map<number, CancellationSource>()
  readonly #scope = new CancellationSource()
  readonly #ready = Promise.withResolvers<void>()
  readonly #ended = Promise.withResolvers<number>()
  #fault: string | undefined
  #unsettled = false
  #connection: RpcConnection | undefined

  constructor(program: string) {
    this.#program = program
    this.#worker = new Worker(program, { execArgv: ['--no-warnings'] })
    this.#worker.on('message', (message: FromWorker) => this.#hear(message))
    this.#worker.on('error', (error: unknown) => (this.#fault ??= inspect(error)))
    this.#worker.on('exit', (code) => {
      this.#ready.resolve()
      this.#ended.resolve(code)
    })
  }

  /** Settles when it can begin at once, or has failed to come so far, which `run` will tell. */
  get ready(): Promise<void> {
    return this.#ready.promise
  }

  /** Runs its script to the end, all that it printed written before. @throws {CancelledError} */
  async run(
    params: RunParams,
    connection: RpcConnection,
    footprint: Footprint,
    token: CancellationToken,
  ): Promise<RunResult> {
    this.#connection = connection
    const before = waitedFor()
    const error = await this.#end(params, token)
    this.#scope.cancel('dispose')
    const mark = Buffer.from(`\0${params.script}\n`)
    for (const descriptor of footprint.outputs) writeWhole(descriptor, mark)
    if (token.reason !== undefined) throw new CancelledError(token.reason)
    const processes = hasStarted(before)
    return error === undefined ? { ok: true, processes } : { ok: false, error, processes }
  }

  /** Gives the text of what the script did not catch. */
  async #end(params: RunParams, token: CancellationToken): Promise<string | undefined> {
    try {
      process.chdir(params.cwd)
    } catch (error) {
      await this.#worker.terminate()
      return `The script's folder cannot be used: ${error instanceof Error ? error.message : String(error)}`
    }
    this.#post({ kind: 'run', params })
    let timer: NodeJS.Timeout | undefined
    const registration = token.onCancellationRequested(() => {
      this.#post({ kind: 'stop' })
      timer = setTimeout(() => void this.#worker.terminate(), GRACE_MS)
    })
    const code = await this.#ended.promise
    registration.dispose()
    clearTimeout(timer)
    if (this.#fault !== undefined) return withoutFramesOf(this.#program, this.#fault)
    if (code !== 0) return `The script exited with code ${code}.`
    return this.#unsettled ? 'The script ended while a top-level await waited for what can never come.' : undefined
  }

  #hear(message: FromWorker): void {
    switch (message.kind) {
      case 'ready':
        return this.#ready.resolve()
      case 'call':
        return void this.#call(message.id, message.params)
      case 'takeBack':
        return this.#calls.get(message.id)?.cancel('stop')
      case 'chdir':
        return changeFolder(message.path, message.done)
      case 'fault':
        this.#fault = message.text
        return
      case 'unsettled':
        this.#unsettled = true
    }
  }

  async #call(id: number, params: unknown): Promise<void> {
    const source = new CancellationSource(this.#scope)
    this.#calls.set(id, source)
    try {
      const reply = await this.#connection?.request('call', params, source.token)
      if (reply !== undefined) this.#post({ kind: 'answer', id, reply })
    } catch (error) {
      if (!(error instanceof CancelledError)) throw error
      this.#post({ kind: 'answer', id, reply: { kind: 'cancelled' } })
    } finally {
      this.#calls.delete(id)
      source.dispose()
    }
  }

  #post(message: ToWorker): void {
    this.#worker.postMessage(message, [])
  }
}

function changeFolder(path: string, done: Int32Array): void {
  try {
    process.chdir(path)
    Atomics.store(done, 0, 1)
  } catch {
    Atomics.store(done, 0, 2)
  }
  Atomics.notify(done, 0)
}

/** Without the frames that neither the script nor what it imports has made. */
function withoutFramesOf(program: string, text: string): string {
  return text.replaceAll(/\n +at (.*?)(?= \{$|$)/gm, (frame: string, where: string) =>
    where.includes(program) || /\bnode:(?:internal|diagnostics_channel)/.test(where) ? '' : frame,
  )
}
