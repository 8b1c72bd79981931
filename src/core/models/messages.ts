import type { ChatCompletionMessageParam, ChatCompletionTool } from 'openai/resources/chat/completions'
import type { ModelMessage, ToolDefinition } from './model.ts'

/** History as Chat Completions want it. */
export function toChatMessages(messages: readonly ModelMessage[]): ChatCompletionMessageParam[] {
  return messages.map(toChatMessage)
}

function toChatMessage(message: ModelMessage): ChatCompletionMessageParam {
  switch (message.role) {
    case 'system':
      return { role: 'system', content: message.text }
    case 'user':
      return { role: 'user', content: message.text }
    case 'result':
      return { role: 'tool', tool_call_id: message.callId, content: message.text }
    case 'assistant': {
      const { text, calls } = message
      if (calls.length === 0) return { role: 'assistant', content: text }
      const tool_calls = calls.map(({ id, name, input }) => ({
        id,
        type: 'function' as const,
        function: { name, arguments: toArguments(input) },
      }))
      return { role: 'assistant', content: text === '' ? null : text, tool_calls }
    }
  }
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
