import type { ModelFacts } from './facts.ts'

/** A model as its maker sells it; the prices hold at `host` alone. */
export interface CatalogEntry extends ModelFacts {
  /** Without a maker before it and a date after it. */
  id: string
  host: string
}

const openai = {
  host: 'api.openai.com',
  contextTokens: 1_050_000,
  maxOutputTokens: 128_000,
  images: true,
  reasoning: true,
  tools: true,
}
const anthropic = { ...openai, host: 'api.anthropic.com', contextTokens: 1_000_000 }
const google = {
  host: 'generativelanguage.googleapis.com',
  contextTokens: 1_048_576,
  maxOutputTokens: 65_536,
  images: true,
  reasoning: true,
  tools: true,
}

/** From 272,000 tokens of input on, the whole request costs more. */
function longOpenAi(inputUsd: number, outputUsd: number, cachedInputUsd?: number): Partial<ModelFacts> {
  const long = { aboveTokens: 272_000, inputUsd: 2 * inputUsd, outputUsd: 1.5 * outputUsd }
  if (cachedInputUsd === undefined) return { inputUsd, outputUsd, longInput: long }
  return { inputUsd, outputUsd, cachedInputUsd, longInput: { ...long, cachedInputUsd: 2 * cachedInputUsd } }
}

/**
 * As the makers' own pages said on 2026-11-21. Prices are the standard ones, in USD a million tokens; one that was not
 * found, or is a passing offer, is left out. The user's `models` file wins over all of it.
 */
export const catalog: readonly CatalogEntry[] = [
  { id: 'gpt-6.2-astra', ...openai, ...longOpenAi(8, 40, 0.4) },
  { id: 'gpt-6.2-sol', ...openai, ...longOpenAi(2, 10) },
  { id: 'gpt-6.1-sol', ...openai, ...longOpenAi(2, 10, 0.1) },
  { id: 'gpt-6.1-terra', ...openai, ...longOpenAi(1, 5, 0.05) },
  { id: 'gpt-6-astra', ...openai, ...longOpenAi(10, 50, 1) },
  { id: 'gpt-6-sol', ...openai, ...longOpenAi(2, 10, 0.2) },
  { id: 'gpt-6-luna', ...openai, ...longOpenAi(0.1, 0.5, 0.01) },
  { id: 'gpt-5.6-sol', ...openai },
  { id: 'gpt-5.6-terra', ...openai },
  { id: 'gpt-5.6-luna', ...openai },
  { id: 'claude-fable-5-1', ...anthropic, inputUsd: 10, outputUsd: 50 },
  { id: 'claude-opus-5-5', ...anthropic, inputUsd: 4, outputUsd: 20, cachedInputUsd: 0.2 },
  { id: 'claude-opus-5', ...anthropic, inputUsd: 5, outputUsd: 25, cachedInputUsd: 0.5 },
  { id: 'claude-sonnet-5-5', ...anthropic, inputUsd: 2, outputUsd: 10 },
  { id: 'claude-sonnet-5', ...anthropic, inputUsd: 2, outputUsd: 10, cachedInputUsd: 0.2 },
  { id: 'claude-haiku-5-5', ...anthropic },
  {
    id: 'claude-haiku-4-5',
    ...anthropic,
    contextTokens: 200_000,
    maxOutputTokens: 64_000,
    inputUsd: 1,
    outputUsd: 5,
  },
  { id: 'gemini-3.8-flash', ...google },
  { id: 'gemini-3.6-flash', ...google },
  { id: 'gemini-3.5-flash', ...google },
]
