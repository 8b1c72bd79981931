import { describe, expect, test } from 'vitest'
import { type ModelReference, parseReference, writeReference } from '../../../../src/core/models/reference.ts'
import { type Resolved, resolveReference, type VsCodeModel } from '../../../../src/core/models/resolve.ts'

describe('a reference to a model', () => {
  const references: [string, ModelReference][] = [
    ['demo', { provider: 'demo' }],
    ['vscode:copilot/gpt', { provider: 'vscode', id: 'copilot/gpt' }],
    [
      'http://localhost:11434/v1#qwen3:8b',
      { provider: 'openai', baseUrl: 'http://localhost:11434/v1', model: 'qwen3:8b' },
    ],
    ['https://x.example#org/m#1', { provider: 'openai', baseUrl: 'https://x.example', model: 'org/m#1' }],
    ['gpt-6.1-terra', { provider: 'same', model: 'gpt-6.1-terra' }],
    ['org/c#-coder', { provider: 'same', model: 'org/c#-coder' }],
  ]

  test.each(references)('%s is read and written the same', (text, reference) => {
    expect(parseReference(text)).toEqual(reference)
    expect(writeReference(reference)).toBe(text)
  })
})

const offered: VsCodeModel = { id: 'm', vendor: 'v', name: 'The M', family: 'f', contextTokens: 1 }

/** What a reference means where the user has set up `mine.example`, and has a key for `keyed.example`. */
function meant(reference: string, current: Resolved = { provider: 'demo' }) {
  const parts = {
    settings: { provider: 'auto', baseUrl: 'https://mine.example/v1/', name: 'x', api: 'responses' as const },
    environment: { OPENAI_API_KEY: 'env', OPENAI_BASE_URL: 'https://env.example/v1' },
    storedKey: async (baseUrl: string) => (baseUrl === 'https://keyed.example/v1' ? 'kept' : undefined),
    vscodeModels: async () => [{ ...offered, id: 'other', family: 'g' }, offered],
  }
  return resolveReference(parts, parseReference(reference), async () => current)
}

describe('what a reference means', () => {
  test('an endpoint that the user has set up, each with its own key and no other’s', async () => {
    const endpoint = async (reference: string) => {
      const resolved = await meant(reference)
      return 'endpoint' in resolved ? resolved.endpoint : resolved
    }
    const at = (host: string) => ({ baseUrl: `https://${host}/v1`, model: 'm' })
    expect(await endpoint('https://mine.example/v1#m')).toEqual({
      ...at('mine.example'),
      apiKey: undefined,
      api: 'responses',
    })
    expect(await endpoint('https://env.example/v1#m')).toEqual({
      ...at('env.example'),
      apiKey: 'env',
      api: 'responses',
    })
    expect(await endpoint('https://keyed.example/v1#m')).toEqual({
      ...at('keyed.example'),
      apiKey: 'kept',
      api: 'chat',
    })
    expect(await endpoint('http://localhost:11434/v1#m')).toMatchObject({ model: 'm', api: 'chat' })
  })

  test('no endpoint that somebody else names', async () => {
    for (const address of ['https://evil.example/v1', 'https://mine.example/v2', 'http://mine.example/v1'])
      expect(await meant(`${address}#m`)).toMatchObject({ code: 'unknown_endpoint' })
  })

  test('a model of VS Code’s while it is offered', async () => {
    expect(await meant('vscode:v/m')).toEqual({ provider: 'vscode', model: offered })
    expect(await meant('vscode:v/gone')).toMatchObject({ code: 'unknown_model' })
  })

  test('an id alone: another model of what is in use, wherever that is', async () => {
    const endpoint = { baseUrl: 'https://mine.example/v1', model: 'x', api: 'chat' as const }
    expect(await meant('m', { provider: 'openai', endpoint, label: 'L' })).toEqual({
      provider: 'openai',
      endpoint: { ...endpoint, model: 'm' },
      label: 'L',
    })
    const other: Resolved = { provider: 'vscode', model: { ...offered, id: 'other' } }
    expect(await meant('f', other)).toEqual({ provider: 'vscode', model: offered })
    expect(await meant('m')).toEqual({ provider: 'demo' })
  })
})
