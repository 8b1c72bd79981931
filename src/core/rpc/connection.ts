import {
  type AbstractCancellationTokenSource,
  type CancellationSenderStrategy,
  type CancellationToken as RequestToken,
  type ConnectionOptions,
  createMessageConnection,
  ErrorCodes,
  Message,
  type MessageConnection,
  type MessageReader,
  type MessageStrategy,
  ResponseError,
} from 'vscode-jsonrpc/node'
import type { Failure } from '../ports.ts'
import { type CancellationToken, CancellationSource, CancelledError } from '../scheduling/cancellation.ts'
import { failed } from '../tools/tool.ts'
import { excerpt, messageOf, type Transport } from './transport.ts'

/** What a request is answered with. */
export type Reply = { kind: 'ok'; value: unknown } | Failure

/** The token is cancelled with `stop` when the asker takes the request back, with `dispose` when the connection closes. */
export type RequestHandler = (params: unknown, token: CancellationToken) => Promise<Reply>

export interface Handlers {
  requests?: Record<string, RequestHandler>
  notifications?: Record<string, (params: unknown) => void>
  /** What went wrong and has no asker: a malformed message, an answer to nobody, a handler's fault. */
  onFault(message: string): void
}

/** The error code of a request that was cancelled, and of a failure whose own code is in `data.code`. */
const CANCELLED = -32800
const FAILED = -32000

/**
 * One JSON-RPC connection, either way: requests run at once, answers come in any order and go to their askers by their
 * ids. When it closes, all that is open settles with the failure `closed`, after what had come was taken in.
 */
export class RpcConnection implements AsyncDisposable {
  readonly #connection: MessageConnection
  readonly #transport: Transport
  readonly #handlers: Handlers
  readonly #lifetime = new CancellationSource()
  readonly #closed = Promise.withResolvers<void>()
  /** Of requests that came and are not yet being answered, by the token that the library hands on. */
  readonly #sources = new Map<RequestToken, CancellationSource>()
  /** Ids of requests without an answer. */
  readonly #pending = new Set<number | string>()
  #open = true
  #handled = 0
  #disposal: Promise<void> | undefined

  constructor(transport: Transport, handlers: Handlers) {
    this.#transport = transport
    this.#handlers = handlers
    const error = (message: string): void => this.#fault(message)
    const logger = { error, warn: error, info: error, log: error }
    this.#connection = createMessageConnection(
      this.#checked(transport.reader),
      transport.writer,
      logger,
      this.#options(),
    )
    this.#connection.onRequest((method, params, token) => this.#answer(method, params, token))
    this.#connection.onNotification((method, params) => this.#hear(method, params))
    this.#connection.onError(([fault]) => this.#fault(fault.message))
    this.#connection.onClose(() => this.#closeWhenRead())
    this.#connection.listen()
  }

  /** Settles when it has closed, from either side. */
  get closed(): Promise<void> {
    return this.#closed.promise
  }

  /**
   * Asks the other side. A cancelled request is taken back there, and its answer is awaited all the same: what has happened
   * is told.
   *
   * @throws {CancelledError} when it was cancelled before it was sent, or the other side says that it ended it
   */
  async request(method: string, params: unknown, token: CancellationToken): Promise<Reply> {
    token.throwIfCancelled()
    if (!this.#open) return closed()
    try {
      return { kind: 'ok', value: await this.#connection.sendRequest<unknown>(method, params, token) }
    } catch (error) {
      if (!(error instanceof ResponseError)) throw error
      if (error.code === CANCELLED && token.reason !== undefined) throw new CancelledError(token.reason)
      return toFailure(error)
    }
  }

  notify(method: string, params: unknown = {}): void {
    if (!this.#open) return
    this.#connection.sendNotification(method, params).catch((error: unknown) => this.#fault(messageOf(error)))
  }

  /** Closes it, once; settles when nothing of the transport is left. */
  [Symbol.asyncDispose](): Promise<void> {
    this.#disposal ??= this.#close()
    return this.#disposal
  }

  async #close(): Promise<void> {
    this.#open = false
    this.#lifetime.cancel('dispose')
    this.#connection.dispose()
    await this.#transport.dispose().catch((error: unknown) => this.#handlers.onFault(messageOf(error)))
    this.#closed.resolve()
  }

  /** Messages are handled one a turn of the loop: those that came before the end still are. */
  #closeWhenRead(): void {
    this.#open = false
    let idle = 0
    let before = this.#handled
    const look = (): void => {
      idle = this.#handled === before ? idle + 1 : 0
      before = this.#handled
      if (idle > 2) void this[Symbol.asyncDispose]()
      else setImmediate(look)
    }
    setImmediate(look)
  }

  async #answer(method: string, params: unknown, token: RequestToken): Promise<unknown> {
    const source = this.#sources.get(token)
    this.#sources.delete(token)
    if (!this.#open || source === undefined) return toError(closed())
    try {
      const handler = this.#handlers.requests?.[method]
      if (handler === undefined) return new ResponseError(ErrorCodes.MethodNotFound, `there is no method ${method}`)
      const reply = await handler(params, source.token)
      return reply.kind === 'ok' ? reply.value : toError(reply)
    } catch (error) {
      if (error instanceof CancelledError) return new ResponseError(CANCELLED, error.message, { code: 'cancelled' })
      this.#fault(`the handler of ${method} failed: ${messageOf(error)}`)
      return toError(failed('internal', messageOf(error)))
    } finally {
      source.dispose()
    }
  }

  #hear(method: string, params: unknown): void {
    const handler = this.#handlers.notifications?.[method]
    if (handler === undefined) this.#fault(`there is no notification ${method}`)
    else handler(params)
  }

  /** How the library tells what is sent and what comes: `handled` and `pending` are kept by it. */
  #options(): ConnectionOptions {
    const sender: CancellationSenderStrategy = {
      enableCancellation: ({ id }) => void (id !== null && this.#pending.add(id)),
      sendCancellation: (connection, id) => connection.sendNotification('$/cancelRequest', { id }),
      cleanup: (id) => this.#pending.delete(id),
    }
    const handleMessage: MessageStrategy['handleMessage'] = (message, next) => {
      this.#handled++
      return next(message)
    }
    const createCancellationTokenSource = (): AbstractCancellationTokenSource => {
      const source = new CancellationSource(this.#lifetime)
      this.#sources.set(source.token, source)
      return { token: source.token, cancel: () => source.cancel('stop'), dispose: () => source.dispose() }
    }
    const receiver = { createCancellationTokenSource }
    // With any limit the library gives answers to their askers as they come, in place of one a turn of the loop.
    const maxParallelism = Infinity
    return { cancellationStrategy: { receiver, sender }, messageStrategy: { handleMessage }, maxParallelism }
  }

  /** An answer to nobody is told, and goes no further. */
  #checked(reader: MessageReader): MessageReader {
    const { onError, onClose, onPartialMessage } = reader
    return {
      onError,
      onClose,
      onPartialMessage,
      listen: (callback) =>
        reader.listen((message) => {
          if (!Message.isResponse(message) || this.#isPending(message.id)) callback(message)
          else this.#fault(`an answer to no request: ${excerpt(JSON.stringify(message))}`)
        }),
      dispose: () => reader.dispose(),
    }
  }

  #isPending(id: number | string | null): boolean {
    return id !== null && this.#pending.has(id)
  }

  #fault(message: string): void {
    if (this.#open) this.#handlers.onFault(message)
  }
}

function closed(): Failure {
  return failed('closed', 'The connection closed before the answer came. Whether it was done is not known.')
}

function toError({ code, message }: Failure): ResponseError<{ code: string }> {
  return new ResponseError(FAILED, message, { code })
}

function toFailure({ code, message, data }: ResponseError<unknown>): Failure {
  if (code === ErrorCodes.PendingResponseRejected) return closed()
  if (code === ErrorCodes.MessageWriteError) return failed('not_sent', `The request could not be sent: ${message}`)
  if (code === ErrorCodes.MethodNotFound) return failed('unknown_method', message)
  const own = typeof data === 'object' && data !== null && 'code' in data ? data.code : undefined
  return failed(typeof own === 'string' ? own : 'internal', message)
}
