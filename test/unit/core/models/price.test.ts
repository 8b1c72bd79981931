import { describe, expect, test } from 'vitest'
import type { ModelFacts } from '../../../../src/core/models/facts.ts'
import { costOf, priced } from '../../../../src/core/models/price.ts'

const facts: ModelFacts = {
  contextTokens: 1_000_000,
  inputUsd: 2,
  outputUsd: 10,
  cachedInputUsd: 0.5,
  images: false,
  reasoning: false,
  tools: true,
}
const usage = { inputTokens: 100_000, outputTokens: 1000 }

describe('the cost of a request', () => {
  test('is that of its input and its output', () => {
    expect(costOf(usage, facts)).toBeCloseTo(0.2 + 0.01)
  })

  test('counts cached input at its own price, and as other input where it has none', () => {
    const cached = { ...usage, cachedInputTokens: 80_000 }
    expect(costOf(cached, facts)).toBeCloseTo(0.04 + 0.04 + 0.01)
    expect(costOf(cached, { ...facts, cachedInputUsd: undefined })).toBeCloseTo(0.21)
    expect(costOf(cached, { ...facts, cachedInputUsd: 0 })).toBeCloseTo(0.05)
  })

  test('of a long request is all at the prices of long ones', () => {
    const longInput = { aboveTokens: 100_000, inputUsd: 4, outputUsd: 15 }
    expect(costOf(usage, { ...facts, longInput })).toBeCloseTo(0.21)
    expect(costOf({ ...usage, inputTokens: 100_001 }, { ...facts, longInput })).toBeCloseTo(0.400004 + 0.015)
  })

  test('is not guessed where tokens or prices are not known', () => {
    expect(costOf(undefined, facts)).toBeUndefined()
    expect(costOf(usage, undefined)).toBeUndefined()
    expect(costOf(usage, { ...facts, inputUsd: undefined })).toBeUndefined()
    expect(costOf(usage, { ...facts, outputUsd: undefined })).toBeUndefined()
    expect(priced(usage, undefined)).toEqual(usage)
  })

  test('of a free model is nothing, which is not the same as unknown', () => {
    expect(priced(usage, { ...facts, inputUsd: 0, outputUsd: 0 })).toEqual({ ...usage, costUsd: 0 })
  })

  test('is the endpoint’s own word where it names one', () => {
    expect(priced({ ...usage, costUsd: 7 }, facts)).toEqual({ ...usage, costUsd: 7 })
  })
})
