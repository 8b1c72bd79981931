import type { Message, MessageReader, MessageWriter } from 'vscode-jsonrpc/node'

/** One way to carry messages, for one connection. */
export interface Transport {
  /**
   * `onError` tells of a message that cannot be used, once, and goes on with the next; `onClose` of the end, after which
   * nothing comes.
   */
  reader: MessageReader
  /** Sends whole messages in the order of the calls. Rejects for what cannot be sent; a broken way closes instead. */
  writer: MessageWriter
  /** Closes what the transport holds; settles when nothing of it is left. */
  dispose(): Promise<void>
}

/** What one message may take, in UTF-8 bytes: nobody's memory is filled by what the other side sends. */
export const MAX_MESSAGE_BYTES = 64 * 1024 * 1024

/** @throws when it is no JSON, or too large to be sent */
export function encode(message: unknown): string {
  const text = JSON.stringify(message)
  const bytes = Buffer.byteLength(text)
  if (bytes <= MAX_MESSAGE_BYTES) return text
  throw new Error(`a message of ${bytes} bytes is over the limit of ${MAX_MESSAGE_BYTES}`)
}

/** An object is a message as far as a transport knows. @throws for anything else */
export function asMessage(value: unknown): Message {
  if (isObject(value)) return value
  throw new Error('it is no object')
}

function isObject(value: unknown): value is Message {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

/** The start of what cannot be used, for its report. */
export function excerpt(text: string): string {
  return text.length <= 200 ? text : `${text.slice(0, 200)}…`
}

export function asError(error: unknown): Error {
  return error instanceof Error ? error : new Error(String(error))
}

export function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error)
}
