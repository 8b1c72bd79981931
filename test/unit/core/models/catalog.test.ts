import { describe, expect, test } from 'vitest'
import { defaultModels, factsOf } from '../../../../src/core/models/catalog.ts'
import { catalog } from '../../../../src/core/models/catalogData.ts'

const OPENAI = 'api.openai.com'

describe('what is known of a model', () => {
  test('each default has its size and its price', () => {
    for (const [host, model] of Object.entries(defaultModels)) {
      const { contextTokens, inputUsd, outputUsd } = factsOf(model, host, {}) ?? {}
      expect({ contextTokens, inputUsd, outputUsd }).toEqual({
        contextTokens: expect.any(Number),
        inputUsd: expect.any(Number),
        outputUsd: expect.any(Number),
      })
    }
  })

  test('no model is in the catalog twice', () => {
    const ids = catalog.map(({ id }) => id)
    expect(new Set(ids).size).toBe(ids.length)
  })

  test('a dated version is the same model, another of its family is not', () => {
    const terra = factsOf('gpt-6.1-terra', OPENAI, {})
    expect(terra).toMatchObject({ contextTokens: 1_050_000, inputUsd: 1, cachedInputUsd: 0.05, images: true })
    expect(factsOf('gpt-6.1-terra-2026-10-26', OPENAI, {})).toEqual(terra)
    expect(factsOf('gpt-6.1-terra-mini', OPENAI, {})).toBeUndefined()
    expect(factsOf('gpt-6.1', OPENAI, {})).toBeUndefined()
  })

  test('at another host it is as long, but no price is known', () => {
    const elsewhere = factsOf('openai/gpt-6.1-terra', 'gateway.example', {})
    expect(elsewhere).toEqual({
      contextTokens: 1_050_000,
      maxOutputTokens: 128_000,
      images: true,
      reasoning: true,
      tools: true,
    })
  })

  test('the user’s file wins, at the host that it names', () => {
    const models = { 'gpt-6.1-terra': { host: 'gateway.example', contextTokens: 64_000, inputUsd: 9, outputUsd: 9 } }
    expect(factsOf('gpt-6.1-terra', 'gateway.example', { models })).toMatchObject({
      contextTokens: 64_000,
      inputUsd: 9,
      reasoning: true,
    })
    expect(factsOf('gpt-6.1-terra', OPENAI, { models })).toMatchObject({ contextTokens: 1_050_000, inputUsd: 1 })
  })

  test('a price of the user’s own takes all the others of the catalog away', () => {
    const models = { 'gpt-6.1-terra': { inputUsd: 3 } }
    const { inputUsd, outputUsd, cachedInputUsd, longInput } = factsOf('gpt-6.1-terra', OPENAI, { models }) ?? {}
    expect({ inputUsd, outputUsd, cachedInputUsd, longInput }).toEqual({ inputUsd: 3 })
  })

  test('a model that is only in the file is known too, when its length is', () => {
    const models = { mine: { contextTokens: 8000, images: true }, vague: { tools: false } }
    expect(factsOf('mine', 'x', { models })).toEqual({
      contextTokens: 8000,
      images: true,
      reasoning: false,
      tools: true,
    })
    expect(factsOf('vague', 'x', { models })).toBeUndefined()
    expect(factsOf('toString', 'x', { models })).toBeUndefined()
  })

  test('what a server says stands between the file and the catalog', () => {
    const told = { contextTokens: 4096, tools: false }
    expect(factsOf('gpt-6.1-terra', 'x', {}, told)).toMatchObject({ contextTokens: 4096, tools: false, images: true })
    const models = { 'gpt-6.1-terra': { contextTokens: 2048, tools: true } }
    expect(factsOf('gpt-6.1-terra', 'x', { models }, told)).toMatchObject({ contextTokens: 2048, tools: true })
  })
})
