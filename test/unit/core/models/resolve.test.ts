import { describe, expect, test } from 'vitest'
import { modelsProbe } from '../../../../src/core/models/probe.ts'
import {
  type ModelSettings,
  resolveModel,
  type Resolved,
  type VsCodeModel,
} from '../../../../src/core/models/resolve.ts'
import { neverCancelled } from '../../../../src/core/scheduling/cancellation.ts'
import { faultyServer } from '../../../support/faultyServer.ts'

interface World {
  settings?: Partial<ModelSettings>
  environment?: Record<string, string>
  stored?: Record<string, string>
  /** Model lists, by endpoint. */
  lists?: Record<string, string[]>
  /** The ids of what VS Code offers. */
  vscode?: string[]
}

/** Resolves in this world; tells also which endpoints saw which key. */
async function resolve({ settings, environment = {}, stored = {}, lists = {}, vscode = [] }: World) {
  const asked: [string, string | undefined][] = []
  const result = await resolveModel(
    {
      settings: { provider: 'auto', baseUrl: '', name: '', api: '', ...settings },
      environment,
      storedKey: (baseUrl) => Promise.resolve(stored[baseUrl]),
      probe: ({ baseUrl, apiKey }) => {
        asked.push([baseUrl, apiKey])
        return Promise.resolve(lists[baseUrl])
      },
      vscodeModels: () => Promise.resolve(vscode.map(offered)),
    },
    neverCancelled,
  )
  return { result, asked }
}

const offered = (id: string): VsCodeModel => ({
  id,
  name: `The ${id}`,
  vendor: 'v',
  family: `${id}-family`,
  contextTokens: 9,
})

const openai = (baseUrl: string, model: string, apiKey?: string, label?: string): Resolved =>
  label === undefined
    ? { provider: 'openai', endpoint: { baseUrl, model, apiKey, api: 'chat' } }
    : { provider: 'openai', endpoint: { baseUrl, model, api: 'chat' }, label }

const OPENAI = 'https://api.openai.com/v1'
const OLLAMA = 'http://localhost:11434/v1'
const STUDIO = 'http://localhost:1234/v1'

describe('resolveModel', () => {
  test('an endpoint is spoken to as the user says, else as the environment does, else by Chat Completions', async () => {
    const settings = { baseUrl: 'https://set.example/v1', name: 'm' }
    const environment = { STRETTO_API: 'responses' }
    const api = async (parts: Parameters<typeof resolve>[0]) => (await resolve(parts)).result
    expect(await api({ settings })).toMatchObject({ endpoint: { api: 'chat' } })
    expect(await api({ settings, environment })).toMatchObject({ endpoint: { api: 'responses' } })
    expect(await api({ settings: { ...settings, api: 'chat' }, environment })).toMatchObject({
      endpoint: { api: 'chat' },
    })
    expect(await api({ settings, environment: { STRETTO_API: 'else' } })).toMatchObject({ endpoint: { api: 'chat' } })
  })

  test('what is set wins over the environment', async () => {
    const environment = { OPENAI_BASE_URL: 'https://env.example/v1', OPENAI_API_KEY: 'env', STRETTO_PROVIDER: 'demo' }
    const settings = { baseUrl: 'https://set.example/v1/', name: 'm' }
    expect((await resolve({ settings, environment })).result).toEqual(openai('https://set.example/v1', 'm'))
  })

  test('the environment’s key goes to the environment’s endpoint only', async () => {
    const environment = { OPENAI_BASE_URL: 'https://env.example/v1', OPENAI_API_KEY: 'env' }
    const own = await resolve({ environment, lists: { 'https://env.example/v1': ['embed-1', 'chat-1'] } })
    expect(own.result).toEqual(openai('https://env.example/v1', 'chat-1', 'env'))
    const other = await resolve({
      environment,
      settings: { baseUrl: 'https://evil.example/v1' },
      lists: { 'https://evil.example/v1': ['x'] },
    })
    expect(other.asked).toEqual([['https://evil.example/v1', undefined]])
  })

  test('a key without an endpoint belongs to OpenAI, with a default model', async () => {
    const { result, asked } = await resolve({ environment: { OPENAI_API_KEY: 'env' } })
    expect(result).toMatchObject({
      endpoint: { baseUrl: OPENAI, apiKey: 'env', model: expect.stringMatching(/^gpt-/) },
    })
    expect(asked).toEqual([])
    const changed = await resolve({
      environment: { OPENAI_API_KEY: 'env' },
      settings: { baseUrl: 'https://x.example/v1', name: 'm' },
    })
    expect(changed.result).toEqual(openai('https://x.example/v1', 'm'))
  })

  test('a stored key is found for its own endpoint, and wins over the environment’s', async () => {
    const stored = { [OPENAI]: 'stored' }
    expect((await resolve({ stored })).result).toMatchObject({ endpoint: { baseUrl: OPENAI, apiKey: 'stored' } })
    expect((await resolve({ stored, environment: { OPENAI_API_KEY: 'env', STRETTO_MODEL: 'mine' } })).result).toEqual(
      openai(OPENAI, 'mine', 'stored'),
    )
    expect((await resolve({ stored, settings: { baseUrl: 'https://x.example/v1', name: 'm' } })).result).toEqual(
      openai('https://x.example/v1', 'm'),
    )
  })

  test('then a server on this machine, Ollama first', async () => {
    expect((await resolve({ lists: { [OLLAMA]: ['qwen'], [STUDIO]: ['phi'] } })).result).toEqual(
      openai(OLLAMA, 'qwen', undefined, 'Ollama'),
    )
    expect((await resolve({ lists: { [STUDIO]: ['phi'] } })).result).toEqual(
      openai(STUDIO, 'phi', undefined, 'LM Studio'),
    )
  })

  test('VS Code’s models come after settings, environment and keys, and before a server on this machine', async () => {
    const world: World = { vscode: ['a', 'b'], lists: { [OLLAMA]: ['llama'], 'https://x.example/v1': ['m'] } }
    expect((await resolve(world)).result).toEqual({ provider: 'vscode', model: offered('a') })
    expect((await resolve({ ...world, vscode: [] })).result).toMatchObject({ label: 'Ollama' })
    const earlier: Partial<World>[] = [
      { settings: { baseUrl: 'https://x.example/v1' } },
      { environment: { OPENAI_BASE_URL: 'https://x.example/v1' } },
      { environment: { OPENAI_API_KEY: 'k' } },
      { stored: { [OPENAI]: 'k' } },
    ]
    for (const more of earlier)
      expect((await resolve({ ...world, ...more })).result).toMatchObject({ provider: 'openai' })
  })

  test('one of VS Code’s is meant by its id, its family or its name; another name is looked for elsewhere', async () => {
    const world: World = { vscode: ['a', 'b'], lists: { [OLLAMA]: ['llama'] } }
    for (const name of ['b', 'b-family', 'The b']) {
      expect((await resolve({ ...world, settings: { name } })).result).toEqual({
        provider: 'vscode',
        model: offered('b'),
      })
    }
    expect((await resolve({ ...world, settings: { name: 'llama' } })).result).toMatchObject({ label: 'Ollama' })
  })

  test('VS Code’s models chosen on purpose are not replaced by anything else', async () => {
    const lists = { [OLLAMA]: ['llama'] }
    const settings = { provider: 'vscode', baseUrl: 'https://x.example/v1' }
    expect((await resolve({ settings, lists, vscode: ['a'] })).result).toEqual({
      provider: 'vscode',
      model: offered('a'),
    })
    expect((await resolve({ settings, lists })).result).toMatchObject({ code: 'no_model' })
    const named = { ...settings, name: 'gone' }
    expect((await resolve({ settings: named, lists, vscode: ['a'] })).result).toMatchObject({ code: 'unknown_model' })
  })

  test('nothing found is said, with what to do', async () => {
    expect((await resolve({})).result).toMatchObject({ kind: 'failed', code: 'no_model' })
    expect((await resolve({ lists: { [OLLAMA]: [] } })).result).toMatchObject({
      message: expect.stringContaining('Ollama runs'),
    })
    expect((await resolve({ settings: { provider: 'openai' } })).result).toMatchObject({ code: 'no_model' })
  })

  test('the demo is taken only when it is chosen, here or in the environment', async () => {
    expect((await resolve({ settings: { provider: 'demo' } })).result).toEqual({ provider: 'demo' })
    expect((await resolve({ environment: { STRETTO_PROVIDER: 'demo', OPENAI_API_KEY: 'x' } })).result).toEqual({
      provider: 'demo',
    })
  })

  test('an address that is none is named', async () => {
    expect((await resolve({ settings: { baseUrl: 'localhost:11434' } })).result).toMatchObject({
      code: 'bad_endpoint',
      message: expect.stringContaining('stretto.model.baseUrl'),
    })
    expect((await resolve({ environment: { OPENAI_BASE_URL: 'x' } })).result).toMatchObject({
      message: expect.stringContaining('OPENAI_BASE_URL'),
    })
  })
})

describe('modelsProbe', () => {
  test('lists the models of a server, and gives up on one that hangs, without a socket left', async () => {
    await using server = await faultyServer((response, count) => {
      if (count === 1) response.end(JSON.stringify({ data: [{ id: 'a' }, { id: 'b' }] }))
    })
    const probe = modelsProbe({})
    expect(await probe(server, 5000, neverCancelled)).toEqual(['a', 'b'])
    expect(await probe(server, 50, neverCancelled)).toBeUndefined()
    await server.quiet()
    expect(server.sockets.size).toBe(0)
  })
})
