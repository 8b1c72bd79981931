import type { Usage } from '../../protocol/events.ts'
import { record } from './loose.ts'

/** What an endpoint says that an answer used, in the words of either API and of those that have their own. */
export function usageOf(value: unknown): Usage | undefined {
  const usage = record(value)
  const input = first(usage['prompt_tokens'], usage['input_tokens'])
  const output = first(usage['completion_tokens'], usage['output_tokens'])
  if (input === undefined && output === undefined) return undefined
  const details = record(usage['prompt_tokens_details'] ?? usage['input_tokens_details'])
  const cachedInputTokens = first(details['cached_tokens'], usage['prompt_cache_hit_tokens'])
  const costUsd = first(usage['cost'])
  return {
    inputTokens: input ?? 0,
    outputTokens: output ?? 0,
    ...(cachedInputTokens === undefined ? {} : { cachedInputTokens }),
    ...(costUsd === undefined ? {} : { costUsd }),
  }
}

function first(...values: unknown[]): number | undefined {
  return values.find((value) => typeof value === 'number')
}
