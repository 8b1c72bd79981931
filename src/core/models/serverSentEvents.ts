import { APIError } from 'openai'
import { isRecord } from './loose.ts'

/**
 * The events of a stream, as JSON, those that come together at once. Ends with the body, or with `[DONE]`.
 *
 * @throws {SyntaxError} an event that is no JSON
 * @throws {APIError} an error that the endpoint sends in the place of an event
 */
export async function* serverSentEvents({ body, headers }: Response): AsyncGenerator<unknown[]> {
  if (body === null) return
  const decoder = new EventDecoder(headers)
  const text = new TextDecoder()
  for await (const bytes of body) {
    const { events, error } = decoder.decode(text.decode(bytes, { stream: true }))
    if (events.length > 0) yield events
    if (error !== undefined) throw error
    if (decoder.done) return
  }
}

/** What came, and what is wrong with what comes after it. */
interface Decoded {
  events: unknown[]
  error?: Error
}

class EventDecoder {
  readonly #headers: Headers
  /** What has come of a line that is not whole. */
  #rest: string[] = []
  #name = ''
  #data: string[] = []
  #afterReturn = false
  done = false

  constructor(headers: Headers) {
    this.#headers = headers
  }

  decode(text: string): Decoded {
    const events: unknown[] = []
    try {
      for (const line of this.#lines(text)) {
        if (line !== '') this.#field(line)
        else if (this.#data.length > 0) events.push(this.#event())
        else this.#name = ''
        if (this.done) return { events: events.slice(0, -1) }
      }
      return { events }
    } catch (error) {
      return { events, error: error instanceof Error ? error : new Error(String(error)) }
    }
  }

  /** Whole lines; they end with a line feed, a carriage return or both. */
  #lines(piece: string): string[] {
    const text = this.#afterReturn && piece.startsWith('\n') ? piece.slice(1) : piece
    if (piece !== '') this.#afterReturn = piece.endsWith('\r')
    const lines = text.includes('\r') ? text.split(/\r\n|\n|\r/) : text.split('\n')
    const last = lines.pop() ?? ''
    if (lines.length > 0) {
      lines[0] = this.#rest.join('') + lines[0]
      this.#rest = []
    }
    if (last !== '') this.#rest.push(last)
    return lines
  }

  #field(line: string): void {
    if (line.startsWith('data:')) this.#data.push(line.slice(line[5] === ' ' ? 6 : 5))
    else if (line.startsWith('event:')) this.#name = line.slice(6).trim()
  }

  #event(): unknown {
    const [data, name] = [this.#data.length === 1 ? this.#data[0] : this.#data.join('\n'), this.#name]
    this.#data = []
    this.#name = ''
    if (data?.startsWith('[DONE]')) {
      this.done = true
      return undefined
    }
    const event: unknown = JSON.parse(data ?? '')
    const error = isRecord(event) ? event['error'] : undefined
    if (name === 'error') throw new APIError(undefined, Object(error || event), undefined, this.#headers)
    if (error) throw new APIError(undefined, Object(error), undefined, this.#headers)
    return event
  }
}
