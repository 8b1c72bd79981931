import { JsonScanner } from './jsonScanner.ts'
import type { ModelPart } from './model.ts'

/** What a piece of a stream, or its end, says about the calls in it. `bytes` are UTF-8 bytes of arguments so far. */
export type AssembledEvent =
  | { kind: 'drafted'; index: number; name: string; bytes: number }
  /** The arguments are one JSON value: the call can run. Comes once a call. */
  | { kind: 'complete'; index: number; name: string; raw: string; input: unknown }
  | { kind: 'malformed'; index: number; name: string; raw: string; message: string }
  /** The stream ended inside the arguments. */
  | { kind: 'unfinished'; index: number; name: string; raw: string }
  /** Arguments that came after the call was whole, and are ignored; `bytes` in this piece. */
  | { kind: 'extra'; index: number; bytes: number }

type CallPart = Extract<ModelPart, { type: 'call' }>

/** The longest arguments that a call may have, in UTF-8 bytes. */
export const ARGUMENTS_LIMIT = 4 * 1024 * 1024

interface Draft {
  index: number
  name: string
  pieces: string[]
  bytes: number
  scanner: JsonScanner
  /** `held`: whole, but it waits for the next call or the end. */
  state: 'open' | 'held' | 'done'
}

/**
 * Makes calls of the pieces of a stream. A call is complete as soon as its arguments are one JSON value that `accepts`
 * takes; an empty `{}`, or a value that it does not take, waits for the next call or the end of the stream.
 */
export class CallAssembler {
  readonly #accepts: (name: string, input: unknown) => boolean
  readonly #drafts = new Map<number, Draft>()

  constructor(accepts: (name: string, input: unknown) => boolean = () => true) {
    this.#accepts = accepts
  }

  add(part: CallPart): AssembledEvent[] {
    const events: AssembledEvent[] = []
    let draft = this.#drafts.get(part.index)
    if (draft === undefined) {
      for (const other of this.#drafts.values()) if (other.state === 'held') events.push(settle(other))
      draft = newDraft(part.index)
      this.#drafts.set(part.index, draft)
    }
    if (draft.name === '' && part.name !== undefined) {
      draft.name = part.name
      if (draft.state === 'held') events.push(...this.#tryComplete(draft))
    }
    events.push(...this.#feed(draft, part.arguments))
    return events
  }

  /** The stream is over: what waits is complete, what is not whole is unfinished. In order of index. */
  end(): AssembledEvent[] {
    const open = [...this.#drafts.values()].filter((draft) => draft.state !== 'done')
    return open.sort((a, b) => a.index - b.index).map(settle)
  }

  #feed(draft: Draft, piece: string): AssembledEvent[] {
    const { index, name } = draft
    if (draft.state === 'done') return extra(index, piece)
    if (draft.state === 'held') {
      const rest = piece.trimStart()
      if (rest === '' || !isEmptyObject(draft)) return extra(index, piece)
      restart(draft)
    }
    const bytes = Buffer.byteLength(piece)
    draft.bytes += bytes
    if (draft.bytes > ARGUMENTS_LIMIT) return [tooLong(draft)]
    const used = draft.scanner.feed(piece)
    draft.pieces.push(used === piece.length ? piece : piece.slice(0, used))
    const drafted: AssembledEvent = { kind: 'drafted', index, name, bytes: draft.bytes }
    if (!draft.scanner.whole) return [drafted]
    draft.state = 'held'
    const rest = piece.slice(used)
    if (isEmptyObject(draft) && rest.trim() !== '') return [drafted, ...this.#feed(draft, rest)]
    return [drafted, ...this.#tryComplete(draft), ...extra(index, rest)]
  }

  /** Completes a call that is whole, unless it has to wait. */
  #tryComplete(draft: Draft): AssembledEvent[] {
    if (draft.name === '' || isEmptyObject(draft)) return []
    const event = parsed(draft)
    if (event.kind === 'complete' && !this.#accepts(draft.name, event.input)) return []
    return [finish(draft, event)]
  }
}

function newDraft(index: number): Draft {
  return { index, name: '', pieces: [], bytes: 0, scanner: new JsonScanner(), state: 'open' }
}

/** Some models send `{}` first and the arguments after it. */
function restart(draft: Draft): void {
  draft.pieces = []
  draft.bytes = 0
  draft.scanner = new JsonScanner()
  draft.state = 'open'
}

function raw(draft: Draft): string {
  if (draft.pieces.length > 1) draft.pieces = [draft.pieces.join('')]
  return draft.pieces[0] ?? ''
}

function isEmptyObject(draft: Draft): boolean {
  return draft.scanner.whole && draft.bytes < 64 && /^\s*\{\s*\}$/.test(raw(draft))
}

function settle(draft: Draft): AssembledEvent {
  const { index, name, scanner } = draft
  if (!scanner.begun) return finish(draft, { kind: 'complete', index, name, raw: raw(draft), input: {} })
  const event = parsed(draft)
  if (event.kind === 'malformed' && !scanner.whole && !scanner.isWord) {
    return finish(draft, { kind: 'unfinished', index, name, raw: raw(draft) })
  }
  return finish(draft, event)
}

function parsed(draft: Draft): AssembledEvent {
  const { index, name } = draft
  const text = raw(draft)
  try {
    return { kind: 'complete', index, name, raw: text, input: JSON.parse(text) as unknown }
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error)
    return { kind: 'malformed', index, name, raw: text, message: `The arguments are not valid JSON: ${why}.` }
  }
}

function tooLong(draft: Draft): AssembledEvent {
  const { index, name } = draft
  draft.pieces = []
  const message = `The arguments are longer than ${ARGUMENTS_LIMIT / 1024 / 1024} MiB. Split the work into several calls.`
  return finish(draft, { kind: 'malformed', index, name, raw: '', message })
}

function finish(draft: Draft, event: AssembledEvent): AssembledEvent {
  draft.state = 'done'
  draft.pieces = []
  return event
}

function extra(index: number, text: string): AssembledEvent[] {
  return text.trim() === '' ? [] : [{ kind: 'extra', index, bytes: Buffer.byteLength(text) }]
}
