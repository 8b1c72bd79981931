import type {
  FunctionTool,
  ResponseFunctionCallOutputItem,
  ResponseInputImage,
  ResponseInputItem,
} from 'openai/resources/responses/responses'
import * as z from 'zod'
import type { Endpoint } from './endpoint.ts'
import { toArguments } from './messages.ts'
import type { ModelImage, ModelMessage, ToolDefinition } from './model.ts'

const unsaid = z.object({
  /** Items of reasoning, each with how many calls came before it. */
  thoughts: z.array(z.object({ at: z.number(), item: z.record(z.string(), z.unknown()) })),
  /** How many calls came before the text. */
  textAt: z.number(),
  /** The server's name for the part that the text has in the work. */
  phase: z.enum(['commentary', 'final_answer']).optional().catch(undefined),
})

/** What belongs to an answer besides its text and its calls. */
export type Unsaid = z.infer<typeof unsaid>

const kept = unsaid.extend({ api: z.literal('responses'), baseUrl: z.string(), model: z.string() })

/** What is given back to this endpoint and model, and to no other. */
export function keep({ baseUrl, model }: Endpoint, rest: Unsaid): z.infer<typeof kept> {
  return { api: 'responses', baseUrl, model, ...rest }
}

/** History as the Responses API wants it. @param withReasoning whether what is kept is given back */
export function toInput(
  messages: readonly ModelMessage[],
  endpoint: Endpoint,
  withReasoning: boolean,
): { instructions: string | undefined; input: ResponseInputItem[] } {
  const [first, ...rest] = messages
  const leads = first?.role === 'system'
  const input = (leads ? rest : messages).flatMap((message) => toItems(message, endpoint, withReasoning))
  return { instructions: leads ? first.text : undefined, input }
}

function toItems(message: ModelMessage, endpoint: Endpoint, withReasoning: boolean): ResponseInputItem[] {
  switch (message.role) {
    case 'system':
      return [{ role: 'developer', content: message.text }]
    case 'user': {
      const { text, images = [] } = message
      if (images.length === 0) return [{ role: 'user', content: text }]
      return [{ role: 'user', content: [{ type: 'input_text', text }, ...images.map(toImage)] }]
    }
    case 'result': {
      const { callId, text, images = [] } = message
      const parts: ResponseFunctionCallOutputItem[] = [{ type: 'input_text', text }, ...images.map(toImage)]
      return [{ type: 'function_call_output', call_id: callId, output: images.length === 0 ? text : parts }]
    }
    case 'assistant':
      return toAnswer(message, withReasoning ? own(message.reasoning, endpoint) : undefined)
  }
}

/** The answer's items in the order in which they came: an item of reasoning stands before what it led to. */
function toAnswer(
  { text, calls }: Extract<ModelMessage, { role: 'assistant' }>,
  rest: Unsaid | undefined,
): ResponseInputItem[] {
  const textAt = text === '' ? -1 : Math.min(rest?.textAt ?? 0, calls.length)
  // A thought that leads to nothing is refused.
  const thoughts = rest?.thoughts.filter(({ at }) => at < calls.length || at === textAt) ?? []
  const items: ResponseInputItem[] = []
  for (let at = 0; at <= calls.length; at++) {
    // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- the endpoint's own item, as it came
    for (const thought of thoughts) if (thought.at === at) items.push(thought.item as unknown as ResponseInputItem)
    if (at === textAt) items.push({ role: 'assistant', content: text, ...(rest?.phase && { phase: rest.phase }) })
    const call = calls[at]
    if (call === undefined) break
    items.push({ type: 'function_call', call_id: call.id, name: call.name, arguments: toArguments(call.input) })
  }
  return items
}

function own(reasoning: unknown, { baseUrl, model }: Endpoint): Unsaid | undefined {
  const { data } = kept.safeParse(reasoning)
  return data?.baseUrl === baseUrl && data.model === model ? data : undefined
}

function toImage({ mime, base64 }: ModelImage): ResponseInputImage {
  return { type: 'input_image', image_url: `data:${mime};base64,${base64}`, detail: 'auto' }
}

export function toResponseTools(tools: readonly ToolDefinition[]): FunctionTool[] {
  return tools.map(({ name, description, parameters }) => ({
    type: 'function',
    name,
    description,
    parameters,
    strict: false,
  }))
}
