import * as z from 'zod'

const name = z.string().regex(/^[a-zA-Z_][a-zA-Z0-9_-]{0,63}$/)
const id = z.string().regex(/^[a-zA-Z0-9]{9}$/)
const words = z.string().min(1)

const call = z.strictObject({
  id,
  type: z.literal('function'),
  function: z.strictObject({ name, arguments: z.string().refine(isObject, 'arguments are not a JSON object') }),
})
const message = z.discriminatedUnion('role', [
  z.strictObject({ role: z.literal('system'), content: words }),
  z.strictObject({ role: z.literal('user'), content: words }),
  z.strictObject({
    role: z.literal('assistant'),
    content: words.nullable().optional(),
    tool_calls: z.array(call).min(1).optional(),
    // Only where the endpoint itself has sent such.
    reasoning_content: words.optional(),
  }),
  z.strictObject({ role: z.literal('tool'), tool_call_id: id, content: z.string() }),
])
type Message = z.infer<typeof message>

const request = z.looseObject({
  model: words,
  messages: z.array(message).min(2),
  tools: z.array(z.looseObject({ type: z.literal('function'), function: z.looseObject({ name }) })).optional(),
})

const item = z.union([
  z.strictObject({ role: z.enum(['user', 'developer']), content: words }),
  z.strictObject({ role: z.literal('assistant'), content: words }),
  z.strictObject({
    type: z.literal('function_call'),
    call_id: id,
    name,
    arguments: z.string().refine(isObject, 'arguments are not a JSON object'),
  }),
  z.strictObject({ type: z.literal('function_call_output'), call_id: id, output: z.string() }),
  z.looseObject({ type: z.literal('reasoning') }),
])

const responsesRequest = z.looseObject({ model: words, input: z.array(item).min(1) })

/** What the strictest endpoints together would refuse in a request; nothing when all of them take it. */
export function faultsOf(body: unknown): string[] {
  if (typeof body === 'object' && body !== null && 'input' in body) return faultsOfResponses(body)
  const parsed = request.safeParse(body)
  if (!parsed.success) return [z.prettifyError(parsed.error)]
  return [...unpaired(parsed.data.messages), ...halves(body)]
}

/** Every call is followed by its one result, before anything else, and no id comes twice. */
function unpaired(messages: Message[]): string[] {
  const faults: string[] = []
  const seen = new Set<string>()
  let open: string[] = []
  for (const [index, each] of messages.entries()) {
    if (each.role === 'tool') {
      if (open.shift() !== each.tool_call_id) faults.push(`message ${index}: a result of no open call`)
      continue
    }
    if (open.length > 0) faults.push(`message ${index}: ${open.join(', ')} have no result`)
    open = each.role === 'assistant' ? (each.tool_calls ?? []).map((asked) => asked.id) : []
    if (each.role === 'assistant' && !each.content && open.length === 0) faults.push(`message ${index}: says nothing`)
    for (const one of open) {
      if (seen.has(one)) faults.push(`message ${index}: ${one} comes twice`)
      seen.add(one)
    }
  }
  return open.length > 0 ? [...faults, `at the end: ${open.join(', ')} have no result`] : faults
}

function faultsOfResponses(body: object): string[] {
  const parsed = responsesRequest.safeParse(body)
  if (!parsed.success) return [z.prettifyError(parsed.error)]
  return [...unpaired(messagesOf(parsed.data.input)), ...halves(body)]
}

/** The same conversation as messages; a thought leads to words or to calls. */
function messagesOf(input: z.infer<typeof item>[]): Message[] {
  const messages: Message[] = []
  let thinks = false
  for (const each of input) {
    const last = messages.at(-1)
    if ('type' in each && each.type === 'reasoning') thinks = true
    else if ('type' in each && each.type === 'function_call') {
      const asked = {
        id: each.call_id,
        type: 'function' as const,
        function: { name: each.name, arguments: each.arguments },
      }
      if (last?.role === 'assistant') last.tool_calls = [...(last.tool_calls ?? []), asked]
      else messages.push({ role: 'assistant', tool_calls: [asked] })
      thinks = false
    } else if ('type' in each) {
      messages.push({ role: 'tool', tool_call_id: each.call_id, content: each.output })
    } else if (each.role === 'assistant') {
      if (last?.role === 'assistant' && (last.content ?? '') === '') last.content = each.content
      else messages.push({ role: 'assistant', content: each.content })
      thinks = false
    } else {
      // Nothing else may come between a thought and what it led to.
      messages.push(thinks ? { role: 'assistant' } : { role: 'user', content: each.content })
      thinks = false
    }
  }
  return thinks ? [...messages, { role: 'assistant' }] : messages
}

function halves(value: unknown): string[] {
  if (typeof value === 'string') return value.isWellFormed() ? [] : [`half a character in ${JSON.stringify(value)}`]
  if (typeof value !== 'object' || value === null) return []
  return Object.values(value).flatMap(halves)
}

function isObject(text: string): boolean {
  try {
    const value: unknown = JSON.parse(text)
    return typeof value === 'object' && value !== null && !Array.isArray(value) && halves(value).length === 0
  } catch {
    return false
  }
}
