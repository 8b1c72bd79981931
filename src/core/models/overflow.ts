import { ModelError } from './model.ts'

/** Whether a request failed because the conversation does not fit the model: a shorter one may go through. */
export function isOverflow(error: unknown): boolean {
  return error instanceof ModelError && error.code === 'context_overflow'
}

/** An endpoint's refusal: of a request, or as an error inside a stream, which counts as status 400. */
interface Refusal {
  status: number
  message: string
  code?: unknown
  type?: unknown
}

const codes = /^(context_length_exceeded|exceed_context_size_error|request_too_large)$/

/** What endpoints say, in their own words. */
const words = new RegExp(
  [
    // OpenAI, Anthropic, llama.cpp, Ollama, LM Studio and most that copy them.
    'context[ _-]?(length|window|size|limit)',
    'prompt (is )?too (long|large)',
    // vLLM, xAI; Mistral; Gemini; Bedrock; Cohere; Copilot.
    'maximum (model|prompt|input|sequence) length',
    'too large for model',
    'exceeds the max(imum)? number of tokens',
    'input is too long for',
    'too many (input |prompt )?tokens',
    'exceeds (the )?token limit',
    'reduce the length of the (messages|input|prompt)',
    // LM Studio.
    'context the overflows|context overflow|tokens to keep from the initial prompt',
  ].join('|'),
  'i',
)

/** Whether it says that the conversation is too long, and not that there were too many requests. */
export function saysTooLong({ status, message, code, type }: Refusal): boolean {
  if (status === 413 || codes.test(String(code)) || codes.test(String(type))) return true
  // A request over a whole minute's tokens never fits, however long one waits.
  if (status === 429) return /request too large|must be reduced/i.test(message)
  return (status === 400 || status === 422 || status >= 500) && words.test(message)
}
