import type { Usage } from '../../protocol/events.ts'
import type { ModelFacts, Prices } from './facts.ts'

const MILLION = 1_000_000

/** What one request cost, in USD; undefined where the endpoint did not count or a price is not known. */
export function costOf(usage: Usage | undefined, facts: ModelFacts | undefined): number | undefined {
  if (usage === undefined || facts === undefined) return undefined
  const { inputTokens, outputTokens, cachedInputTokens = 0 } = usage
  const { inputUsd, outputUsd, cachedInputUsd } = pricesAt(inputTokens, facts)
  if (inputUsd === undefined || outputUsd === undefined) return undefined
  // Cached tokens are among the input's; without a price of their own they cost as much as the others.
  const cached = Math.min(cachedInputTokens, inputTokens)
  const input = (inputTokens - cached) * inputUsd + cached * (cachedInputUsd ?? inputUsd)
  return (input + outputTokens * outputUsd) / MILLION
}

/** The usage with its cost, where that is known; an endpoint that names the cost itself is believed. */
export function priced(usage: Usage, facts: ModelFacts | undefined): Usage {
  const costUsd = usage.costUsd ?? costOf(usage, facts)
  return costUsd === undefined ? usage : { ...usage, costUsd }
}

function pricesAt(inputTokens: number, facts: ModelFacts): Prices {
  const { longInput } = facts
  return longInput !== undefined && inputTokens > longInput.aboveTokens ? longInput : facts
}
