import { createServer, type RequestListener } from 'node:http'
import type { AddressInfo } from 'node:net'
import { describe, expect, test } from 'vitest'
import { serverFacts } from '../../../../src/core/models/serverFacts.ts'
import { neverCancelled } from '../../../../src/core/scheduling/cancellation.ts'

/** A server that answers each path with this, and others with 404. */
async function serving(answers: Record<string, unknown>) {
  const asked: string[] = []
  const listener: RequestListener = (request, response) => {
    const path = request.url ?? ''
    asked.push(`${request.method} ${path}`)
    const answer = answers[path]
    if (answer === undefined) response.writeHead(404).end('{}')
    else if (answer !== 'silence') response.end(JSON.stringify(answer))
  }
  const server = createServer(listener)
  await new Promise<void>((resolve) => void server.listen(0, '127.0.0.1', resolve))
  const dispose = async (): Promise<void> => {
    server.closeAllConnections()
    await new Promise((resolve) => void server.close(resolve))
  }
  const { port } = server.address() as AddressInfo
  return { url: `http://127.0.0.1:${port}/v1`, asked, [Symbol.asyncDispose]: dispose }
}

const show = {
  model_info: { 'general.architecture': 'qwen3', 'qwen3.context_length': 40_960 },
  parameters: 'stop "x"\nnum_ctx                        16384\ntemperature 1',
  capabilities: ['completion', 'tools', 'thinking'],
}

describe('what a server on this machine says of a model', () => {
  test('Ollama: its abilities, and the room that it has been given', async () => {
    await using server = await serving({ '/api/show': show, '/api/ps': { models: [] } })
    expect(await serverFacts('ollama', server.url, 'qwen3:8b', neverCancelled)).toEqual({
      contextTokens: 16_384,
      images: false,
      reasoning: true,
      tools: true,
    })
    expect(server.asked.toSorted()).toEqual(['GET /api/ps', 'POST /api/show'])
  })

  test('Ollama: the room of the loaded model counts more, what the model could read less', async () => {
    const models = [
      { name: 'other', context_length: 1 },
      { name: 'qwen3:8b', context_length: 4096 },
    ]
    await using loaded = await serving({ '/api/show': show, '/api/ps': { models } })
    expect(await serverFacts('ollama', loaded.url, 'qwen3:8b', neverCancelled)).toMatchObject({ contextTokens: 4096 })
    await using plain = await serving({ '/api/show': { ...show, parameters: undefined } })
    expect(await serverFacts('ollama', plain.url, 'qwen3:8b', neverCancelled)).toMatchObject({ contextTokens: 40_960 })
  })

  test('LM Studio: the loaded length, whether it sees and whether it can use tools', async () => {
    const model = { type: 'vlm', max_context_length: 131_072, loaded_context_length: 8192, capabilities: ['tool_use'] }
    await using server = await serving({ '/api/v0/models/org%2Fm': model })
    expect(await serverFacts('lmStudio', server.url, 'org/m', neverCancelled)).toEqual({
      contextTokens: 8192,
      images: true,
      tools: true,
    })
  })

  test('nothing, soon, where it does not know the question, answers nonsense or nothing at all', async () => {
    await using old = await serving({})
    await using mad = await serving({ '/api/show': [1], '/api/v0/models/m': { max_context_length: 'long' } })
    await using silent = await serving({ '/api/show': 'silence', '/api/v0/models/m': 'silence' })
    for (const server of [old, mad, silent]) {
      expect(await serverFacts('ollama', server.url, 'm', neverCancelled)).toEqual({})
      expect(await serverFacts('lmStudio', server.url, 'm', neverCancelled)).toEqual({})
    }
  })
})
