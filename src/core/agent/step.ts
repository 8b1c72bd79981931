import type { TurnError, Usage } from '../../protocol/events.ts'
import { type AssembledEvent, CallAssembler } from '../models/callAssembler.ts'
import type { ModelPart } from '../models/model.ts'
import { failedOutcome } from '../scheduling/outcome.ts'
import type { Batch } from '../scheduling/scheduler.ts'
import { checked } from '../tools/checked.ts'
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

/** A call as the model wrote it; `index` counts within its answer. */
type Written = Pick<AssembledEvent & { name: string }, 'index' | 'name'>

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
  usage: Usage | undefined
  /** What the endpoint wants back with this answer. */
  reasoning: unknown
  /** Why the answer is not whole although its stream ended as it should. */
  shortfall: TurnError | undefined

  constructor(stepId: string, parts: TurnParts, batch: Batch) {
    this.#stepId = stepId
    this.#parts = parts
    this.#batch = batch
    this.#assembler = new CallAssembler((name, input) => parts.tools.get(name)?.input.safeParse(input).success ?? true)
  }

  add(part: ModelPart): void {
    switch (part.type) {
      case 'text':
        if (part.text !== '') this.#parts.emit({ type: 'textAdded', stepId: this.#stepId, text: part.text })
        break
      case 'reasoning':
        if (part.text !== '') this.#parts.emit({ type: 'reasoningAdded', stepId: this.#stepId, text: part.text })
        break
      case 'reasoned':
        this.reasoning = part.reasoning
        break
      case 'call':
        for (const event of this.#assembler.add(part)) this.#take(event, false)
        break
      case 'usage':
        this.usage = part.usage
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
        this.#refuse(event, {}, 'malformed_arguments', `${event.message} Send the call again with valid JSON.`)
        break
      case 'unfinished':
        if (dropUnfinished) break
        this.#refuse(event, {}, 'malformed_arguments', 'The arguments end too early. Send the call again, whole.')
        break
      case 'extra': {
        const callId = this.#ids.get(event.index)
        if (callId !== undefined) this.#parts.emit({ type: 'callExtra', callId, bytes: event.bytes })
        break
      }
    }
  }

  #submit(call: Written, input: unknown): void {
    const request = checked(this.#parts.tools, call.name, input)
    if ('kind' in request) return this.#refuse(call, input, request.code, request.message)
    const id = this.#propose(call, input, request.summary)
    this.#ids.set(call.index, id)
    void this.#batch.submit({ id, ...request })
  }

  #propose({ index, name }: Written, input: unknown, summary: string): string {
    const callId = this.#parts.newId('call')
    this.calls++
    this.#parts.emit({ type: 'callProposed', callId, stepId: this.#stepId, name, input, summary, index })
    return callId
  }

  #refuse(call: Written, input: unknown, code: string, message: string): void {
    const callId = this.#propose(call, input, '')
    this.#parts.emit({ type: 'callEnded', callId, ...failedOutcome(code, message) })
  }
}
