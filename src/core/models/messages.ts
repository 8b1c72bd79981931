import type {
  ChatCompletionContentPart,
  ChatCompletionMessageParam,
  ChatCompletionTool,
} from 'openai/resources/chat/completions'
import { ownThoughts } from './chatReasoning.ts'
import type { Endpoint } from './endpoint.ts'
import type { ModelImage, ModelMessage, ToolDefinition } from './model.ts'

export interface ChatOptions {
  /** Gets its own thoughts back; nobody does without. */
  endpoint?: Endpoint | undefined
  /** Marks how far the prompt is worth keeping: its head, and all of it. */
  marks?: boolean
}

type Result = Extract<ModelMessage, { role: 'result' }>

/** History as Chat Completions want it. */
export function toChatMessages(
  messages: readonly ModelMessage[],
  { endpoint, marks = false }: ChatOptions = {},
): ChatCompletionMessageParam[] {
  const sent = messages.flatMap((message, at) => {
    const own = toChatMessage(message, endpoint)
    return message.role === 'result' && messages[at + 1]?.role !== 'result' ? [own, ...pictures(messages, at)] : [own]
  })
  if (!marks) return sent
  return sent.map((message, at) => (at === 0 || at === sent.length - 1 ? marked(message) : message))
}

function toChatMessage(message: ModelMessage, endpoint: Endpoint | undefined): ChatCompletionMessageParam {
  switch (message.role) {
    case 'system':
      return { role: 'system', content: message.text }
    case 'user':
      return toUser(message.text, message.images ?? [])
    case 'result':
      return { role: 'tool', tool_call_id: message.callId, content: message.text }
    case 'assistant': {
      const { text, calls, reasoning } = message
      if (calls.length === 0) return { role: 'assistant', content: text }
      const tool_calls = calls.map(({ id, name, input }) => ({
        id,
        type: 'function' as const,
        function: { name, arguments: toArguments(input) },
      }))
      const thoughts = endpoint === undefined ? {} : ownThoughts(reasoning, endpoint)
      return { role: 'assistant', content: text === '' ? null : text, tool_calls, ...thoughts }
    }
  }
}

function toUser(text: string, images: readonly ModelImage[]): ChatCompletionMessageParam {
  if (images.length === 0) return { role: 'user', content: text }
  return { role: 'user', content: [{ type: 'text', text }, ...images.map(toImage)] }
}

/** A result is text: its pictures come after the batch, in the user's name. @param last of the batch */
function pictures(messages: readonly ModelMessage[], last: number): ChatCompletionMessageParam[] {
  const first = messages.findLastIndex(({ role }, at) => at < last && role !== 'result') + 1
  const batch = messages.slice(first, last + 1).filter((message): message is Result => message.role === 'result')
  const images = batch.flatMap((message) => message.images ?? [])
  if (images.length === 0) return []
  const names = [...new Set(batch.filter((message) => message.images?.length).map(({ name }) => name))].join(', ')
  return [toUser(`(Not from the user: the pictures of the results above, of ${names}.)`, images)]
}

function toImage({ mime, base64 }: ModelImage): ChatCompletionContentPart {
  return { type: 'image_url', image_url: { url: `data:${mime};base64,${base64}` } }
}

function marked(message: ChatCompletionMessageParam): ChatCompletionMessageParam {
  const { role, content } = message
  if ((role !== 'system' && role !== 'user' && role !== 'tool') || typeof content !== 'string') return message
  const part = { type: 'text' as const, text: content, cache_control: { type: 'ephemeral' } }
  return { ...message, content: [part] }
}

/** Several endpoints refuse arguments that are not an object, also in history. */
export function toArguments(input: unknown): string {
  const isObject = typeof input === 'object' && input !== null && !Array.isArray(input)
  return JSON.stringify(isObject ? input : {})
}

export function toChatTools(tools: readonly ToolDefinition[]): ChatCompletionTool[] {
  return tools.map(({ name, description, parameters }) => ({
    type: 'function',
    function: { name, description, parameters },
  }))
}
