import type { MessagePort } from 'node:worker_threads'
import type { Reply } from '../../rpc/connection.ts'
import { CancelledError, type CancellationToken } from '../../scheduling/cancellation.ts'
import type { FromWorker, ToWorker } from './workerMessages.ts'

type Answer = Extract<ToWorker, { kind: 'answer' }>['reply']

/** Calls of a script, on their way through its kernel. The thread lives as long as one of them is open. */
export class PortCalls {
  readonly #port: MessagePort
  readonly #open = new Map<number, (answer: Answer) => void>()
  #count = 0

  constructor(port: MessagePort) {
    this.#port = port
  }

  /** @throws {CancelledError} */
  async request(_method: 'call', params: unknown, token: CancellationToken): Promise<Reply> {
    token.throwIfCancelled()
    const id = ++this.#count
    const answer = new Promise<Answer>((resolve) => this.#open.set(id, resolve))
    this.#post({ kind: 'call', id, params })
    this.#port.ref()
    const registration = token.onCancellationRequested(() => this.#post({ kind: 'takeBack', id }))
    const reply = await answer
    registration.dispose()
    if (reply.kind === 'cancelled') throw new CancelledError(token.reason ?? 'stop')
    return reply
  }

  settle(id: number, answer: Answer): void {
    const settle = this.#open.get(id)
    this.#open.delete(id)
    if (this.#open.size === 0) this.#port.unref()
    settle?.(answer)
  }

  #post(message: FromWorker): void {
    this.#port.postMessage(message, [])
  }
}
