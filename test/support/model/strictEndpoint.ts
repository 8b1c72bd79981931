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

/** What the strictest endpoints together would refuse in a request; nothing when all of them take it. */
export function faultsOf(body: unknown): string[] {
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
