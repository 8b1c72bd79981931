/** Small numbers by chance, the same for the same seed. */
export class Dice {
  #state: number
  constructor(seed: number) {
    this.#state = seed
  }

  below(limit: number): number {
    this.#state = (this.#state + 0x6d2b79f5) | 0
    let mixed = Math.imul(this.#state ^ (this.#state >>> 15), 1 | this.#state)
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed
    return ((mixed ^ (mixed >>> 14)) >>> 0) % limit
  }

  one<T>(from: readonly T[]): T {
    const at = this.below(from.length)
    for (const [index, item] of from.entries()) if (index === at) return item
    throw new Error('there is nothing to choose from')
  }
}

const chunk = (delta: object, finish: string | null = null) => ({
  choices: [{ index: 0, delta, finish_reason: finish }],
})
const piece = (index: number | undefined, id: string | undefined, called: object) =>
  chunk({ tool_calls: [{ index, id, type: 'function', function: called }] })

/** One call as some endpoint streams it, in pieces; now and then sent twice, or not a call at all. */
function callChunks(dice: Dice, at: number, path: string): object[] {
  const id = dice.one([`id-${at}`, `id-${at}`, 'same', '', undefined])
  const index = dice.one([at, at, at, undefined])
  const name = dice.one(['read_file', 'read_file', 'read_file', 'read_file', 'no such tool', ''])
  const json = JSON.stringify({ path })
  const args = dice.one([json, json, json, json, `${json.slice(0, -1)}oops}`, `[${json}]`, '"\\ud83d"', ''])
  const middle = dice.below(args.length + 1)
  const pieces = [
    piece(index, id, { name, arguments: args.slice(0, middle) }),
    piece(index, dice.one([id, undefined]), { arguments: args.slice(middle) }),
  ]
  const again = dice.below(8) === 0 && id === `id-${at}` ? [piece(index, id, { name, arguments: json })] : []
  return [...pieces, ...again]
}

/** An answer to this request: asked again, the model would call the same. */
export function chatAnswer(dice: Dice, messages: number, calm: boolean): object[] {
  if (calm) return [chunk({ content: 'All done.' }), chunk({}, 'stop')]
  if (dice.below(6) === 0) return [chunk({}, 'stop')]
  const count = dice.one([0, 0, 1, 1, 2, 4])
  const words = dice.one(['Looking.', '', '', ' ', '\ud83d'])
  return [
    chunk({ role: 'assistant', content: '' }),
    ...dice.one([[], [chunk({ reasoning_content: 'I think.' })]]),
    ...(words === '' ? [] : [chunk({ content: words })]),
    ...Array.from({ length: count }, (_, at) => callChunks(dice, at, `${messages}-${at}.ts`)).flat(),
    chunk({}, dice.one(['stop', 'tool_calls', 'tool_calls', 'length', 'content_filter', 'error', 'eos'])),
    { choices: [], usage: { prompt_tokens: 10, completion_tokens: 2 } },
  ]
}

/** The same over the Responses API. */
export function responsesAnswer(dice: Dice, messages: number, calm: boolean): object[] {
  const completed = { type: 'response.completed', response: { status: 'completed', output: [], usage } }
  if (calm) return [{ type: 'response.output_text.delta', output_index: 0, delta: 'All done.' }, completed]
  if (dice.below(6) === 0) return [completed]
  const count = dice.one([0, 0, 1, 1, 2, 4])
  const words = dice.one(['Looking.', '', '', ' ', '\ud83d'])
  const thought = { type: 'reasoning', id: 'r0', summary: [], encrypted_content: 'x' }
  return [
    { type: 'response.created' },
    ...dice.one([[], [{ type: 'response.output_item.done', output_index: 90, item: thought }]]),
    ...(words === '' ? [] : [{ type: 'response.output_text.delta', output_index: 91, delta: words }]),
    ...Array.from({ length: count }, (_, at) => callEvents(dice, at, `${messages}-${at}.ts`)).flat(),
    dice.one([
      completed,
      completed,
      completed,
      { type: 'response.incomplete', response: { incomplete_details: { reason: 'max_output_tokens' }, usage } },
      { type: 'response.incomplete', response: { incomplete_details: { reason: 'content_filter' }, usage } },
      { type: 'response.failed', response: { status: 'failed', error: { code: 'server_error', message: 'no' } } },
      { type: 'response.odd' },
    ]),
  ]
}

const usage = { input_tokens: 10, output_tokens: 2 }

function callEvents(dice: Dice, at: number, path: string): object[] {
  const name = dice.one(['read_file', 'read_file', 'read_file', 'read_file', 'no such tool', ''])
  const json = JSON.stringify({ path })
  const args = dice.one([json, json, json, json, `${json.slice(0, -1)}oops}`, `[${json}]`, '"\\ud83d"', ''])
  const item = { type: 'function_call', id: `i${at}`, call_id: dice.one([`p${at}`, 'same', '']), name }
  const middle = dice.below(args.length + 1)
  const pieces = [args.slice(0, middle), args.slice(middle)].map((delta) => ({
    type: 'response.function_call_arguments.delta',
    output_index: at,
    delta,
  }))
  const done = { type: 'response.output_item.done', output_index: at, item: { ...item, arguments: args } }
  return dice.one([
    [{ type: 'response.output_item.added', output_index: at, item }, ...pieces, done],
    [{ type: 'response.output_item.added', output_index: at, item }, ...pieces, done, done, ...pieces],
    [{ type: 'response.output_item.added', output_index: at, item }, ...pieces],
    [done],
  ])
}
