import type { TurnError, Usage } from '../../protocol/events.ts'
import { type AssembledEvent, CallAssembler } from '../models/callAssembler.ts'
import type { ModelPart } from '../models/model.ts'
import { priced } from '../models/price.ts'
import { failedOutcome } from '../scheduling/outcome.ts'
import type { Batch } from '../scheduling/scheduler.ts'
import { type Checked, checked } from '../tools/checked.ts'
import type { TurnParts } from './turn.ts'

const shortfalls: Record<Extract<ModelPart, { type: 'end' }>['reason'], TurnError | undefined> = {
  stop: undefined,
  calls: undefined,
  length: {
    code: 'cut',
    message: 'The answer reached the longest that the model may write. What came before is kept; ask to continue.',
  },
  filtered: {
    code: 'filtered',
    message: 'The provider’s filter ended the answer. Say it in other words, or choose another model.',
  },
}

/** The most of one answer that is taken: text in UTF-16 units, calls, and the calls' arguments in UTF-16 units. */
export const ANSWER_LIMITS = { text: 2 * 1024 * 1024, calls: 512, arguments: 16 * 1024 * 1024 }

/** How much of what the model wrote instead of arguments its result quotes, in UTF-16 units. */
const QUOTE_LIMIT = 200

/** A call as the model wrote it; `index` counts within its answer. */
type Written = Pick<AssembledEvent & { name: string; raw: string }, 'index' | 'name' | 'raw'>

/** Reads one streamed answer: text goes to the transcript, each call to its batch as soon as it is whole. */
export class StepReader {
  readonly #stepId: string
  readonly #parts: TurnParts
  readonly #batch: Batch
  readonly #assembler: CallAssembler
  /** The calls by the index that the model gave them. */
  readonly #ids = new Map<number, string>()
  /** Calls that the model asked for, run or refused. */
  calls = 0
  /** Those of them whose arguments are not JSON. */
  unreadable = 0
  /** Of all attempts. */
  usage: Usage | undefined
  /** What the endpoint wants back with this answer. */
  reasoning: unknown
  /** Why the answer is not whole although its stream ended as it should. */
  shortfall: TurnError | undefined
  /** Why no more of the answer is taken. */
  overrun: TurnError | undefined
  readonly #room = { ...ANSWER_LIMITS }

  constructor(stepId: string, parts: TurnParts, batch: Batch) {
    this.#stepId = stepId
    this.#parts = parts
    this.#batch = batch
    this.#assembler = new CallAssembler((name, input) => parts.tools.get(name)?.input.safeParse(input).success ?? true)
  }

  add(part: ModelPart): void {
    switch (part.type) {
      case 'text':
        this.#spend('text', part.text.length)
        if (part.text !== '') this.#parts.emit({ type: 'textAdded', stepId: this.#stepId, text: part.text })
        break
      case 'reasoning':
        this.#spend('text', part.text.length)
        if (part.text !== '') this.#parts.emit({ type: 'reasoningAdded', stepId: this.#stepId, text: part.text })
        break
      case 'reasoned':
        this.reasoning = part.reasoning
        break
      case 'call':
        this.#spend('arguments', part.arguments.length)
        for (const event of this.#assembler.add(part)) this.#take(event, false)
        break
      case 'usage':
        // Each request has its own price: two together are not one long one.
        this.usage = sumOf(this.usage, priced(part.usage, this.#parts.facts))
        break
      case 'retry': {
        const { code, text, retryAt, attempt } = part
        this.#parts.emit({ type: 'notice', level: 'warning', code, text, retryAt, attempt })
        break
      }
      case 'end':
        this.shortfall = shortfalls[part.reason]
        break
    }
  }

  /** @param whole false when the stream broke off or was stopped: a call that was still being written never runs */
  end(whole: boolean): void {
    for (const event of this.#assembler.end()) this.#take(event, !whole)
  }

  #spend(what: keyof typeof ANSWER_LIMITS, amount: number): void {
    this.#room[what] -= amount
    if (this.#room[what] < 0) this.overrun ??= { code: 'cut', message: overruns[what] }
  }

  #take(event: AssembledEvent, dropUnfinished: boolean): void {
    switch (event.kind) {
      case 'drafted': {
        const { index, name, bytes } = event
        this.#parts.emit({ type: 'callDrafted', stepId: this.#stepId, index, name, bytes })
        break
      }
      case 'complete':
        if (!dropUnfinished) this.#submit(event, event.input)
        break
      case 'malformed':
        this.#misread(event, `${event.message} Send the call again with valid JSON.`)
        break
      case 'unfinished':
        if (dropUnfinished) break
        this.#misread(event, 'The arguments end too early. Send the call again, whole.')
        break
      case 'extra': {
        const callId = this.#ids.get(event.index)
        if (callId !== undefined) this.#parts.emit({ type: 'callExtra', callId, bytes: event.bytes })
        break
      }
    }
  }

  #misread(call: Written, message: string): void {
    this.unreadable++
    this.#refuse(call, {}, 'malformed_arguments', message + cameInstead(call.raw))
  }

  #submit(call: Written, input: unknown): void {
    if (typeof input !== 'object' || input === null || Array.isArray(input)) {
      return this.#misread(call, 'The arguments are not a JSON object. Send the call again with one.')
    }
    const request = checked(this.#parts.tools, call.name, input)
    if ('kind' in request) return this.#refuse(call, input, request.code, request.message)
    const id = this.#propose(call.index, request.asked, request.summary)
    this.#ids.set(call.index, id)
    void this.#batch.submit({ id, ...request })
  }

  #propose(index: number, asked: Checked['asked'], summary: string): string {
    const callId = this.#parts.newId('call')
    this.calls++
    this.#spend('calls', 1)
    this.#parts.emit({ type: 'callProposed', callId, stepId: this.#stepId, ...asked, summary, index })
    return callId
  }

  #refuse(call: Written, input: unknown, code: string, message: string): void {
    const callId = this.#propose(call.index, { name: call.name, input }, '')
    this.#parts.emit({ type: 'callEnded', callId, ...failedOutcome(code, message) })
  }
}

const overruns: Record<keyof typeof ANSWER_LIMITS, string> = {
  text: 'The answer was longer than any answer may be, and reading it was given up. Ask to continue, or choose another model.',
  calls: `The answer asked for more than ${ANSWER_LIMITS.calls} calls. The rest of it was not taken.`,
  arguments: 'The arguments of the answer’s calls were longer than they may be together. The rest was not taken.',
}

function cameInstead(raw: string): string {
  const text = raw.trim()
  if (text === '') return ''
  return `\nWhat came: ${text.length > QUOTE_LIMIT ? `${text.slice(0, QUOTE_LIMIT)}… (${text.length} characters)` : text}`
}

function sumOf(a: Usage | undefined, b: Usage): Usage {
  if (a === undefined) return b
  const costUsd = a.costUsd === undefined && b.costUsd === undefined ? undefined : (a.costUsd ?? 0) + (b.costUsd ?? 0)
  const cached = (a.cachedInputTokens ?? 0) + (b.cachedInputTokens ?? 0)
  return {
    inputTokens: a.inputTokens + b.inputTokens,
    outputTokens: a.outputTokens + b.outputTokens,
    ...(cached > 0 && { cachedInputTokens: cached }),
    ...(costUsd !== undefined && { costUsd }),
  }
}
