import { mkdir, mkdtemp, rm, utimes, writeFile } from 'node:fs/promises'
import type { ServerResponse } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import type { ConfigContent } from '../../../../src/core/config/config.ts'
import { CancellationSource, neverCancelled } from '../../../../src/core/scheduling/cancellation.ts'
import { sessionSearch } from '../../../../src/core/tools/sessionSearch.ts'
import { failed } from '../../../../src/core/tools/tool.ts'
import { webSearch } from '../../../../src/core/tools/webSearch.ts'
import { ConfiguredSearch } from '../../../../src/core/web/configuredSearch.ts'
import { systemClock } from '../../../../src/host/clock.ts'
import { AuxiliaryWorld } from '../../../support/auxiliaryWorld.ts'
import { faultyServer, refuse } from '../../../support/faultyServer.ts'
import { silentLog } from '../../../support/openGate.ts'
import { textOf, Workbench } from './workbench.ts'

type Search = ConfigContent['models']['search']

function searchOf(read: () => Promise<unknown>, keys: Record<string, string>): ConfiguredSearch {
  return new ConfiguredSearch({
    // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- of the files only this one is read
    config: { read } as unknown as ConstructorParameters<typeof ConfiguredSearch>[0]['config'],
    key: async (url) => keys[url],
    network: () => ({}),
    clock: systemClock,
    log: silentLog,
  })
}

/** `web_search` with this in `models.jsonc`, and these keys. */
async function search(set: Search | 'broken', keys: Record<string, string> = {}, source = new CancellationSource()) {
  const content = { models: {}, ...(set !== undefined && { search: set }) }
  const read = async () => (set === 'broken' ? failed('invalid_config', 'Line 3 is wrong.') : content)
  await using configured = searchOf(read, keys)
  await using bench = await Workbench.open()
  const world = new AuxiliaryWorld()
  world.search = () => configured.engine()
  return textOf(await bench.call(webSearch(world.ports(bench.ports.workspace)), { query: 'a b&c' }, source.token))
}

const json = (response: ServerResponse, value: unknown): void => {
  response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify(value))
}

describe('web_search', () => {
  const hit = {
    title: 'A <strong>b</strong>',
    url: 'https://a.example/',
    content: 'one\n two',
    description: 'one\n two',
  }
  const shown = '- A b\n  https://a.example/\n  one two'

  test('asks Tavily with its key', async () => {
    await using server = await faultyServer((response) => json(response, { results: [hit] }))
    const url = new URL(server.baseUrl).origin
    expect(await search({ provider: 'tavily', url }, { [url]: 'k' })).toBe(shown)
    expect(server.headers[0]?.authorization).toBe('Bearer k')
    expect(server.bodies).toEqual([{ query: 'a b&c', max_results: 10 }])
  })

  test('asks Brave with its key', async () => {
    const asked: (string | undefined)[] = []
    await using server = await faultyServer((response, _count, request) => {
      asked.push(request.url)
      json(response, { web: { results: [hit] } })
    })
    const url = new URL(server.baseUrl).origin
    expect(await search({ provider: 'brave', url }, { [url]: 'k' })).toBe(shown)
    expect(server.headers[0]?.['x-subscription-token']).toBe('k')
    expect(asked).toEqual(['/res/v1/web/search?q=a+b%26c&count=10'])
  })

  test('asks SearXNG, without a key unless there is one', async () => {
    const asked: (string | undefined)[] = []
    await using server = await faultyServer((response, _count, request) => {
      asked.push(request.url)
      json(response, { results: Array.from({ length: 30 }, () => hit) })
    })
    const url = `${new URL(server.baseUrl).origin}/searx/`
    const said = await search({ provider: 'searxng', url })
    expect(said.split('\n- ')).toHaveLength(10)
    expect(asked).toEqual(['/searx/search?q=a+b%26c&format=json'])
    expect(server.headers[0]).not.toHaveProperty('authorization')
  })

  test('says how to configure what is missing, and asks nobody', async () => {
    expect(await search(undefined)).toMatch(/^not_configured: .*"search" in models\.jsonc.*searxng/)
    expect(await search({ provider: 'searxng' })).toMatch(/^not_configured: SearXNG needs "url"/)
    expect(await search({ provider: 'tavily' })).toMatch(/^no_key: api\.tavily\.com needs an API key/)
    expect(await search({ provider: 'brave' }, { 'https://api.tavily.com': 'k' })).toMatch(
      /^no_key: api\.search\.brave\.com/,
    )
    expect(await search('broken')).toBe('invalid_config: Line 3 is wrong.')
  })

  test.each<[string, (response: ServerResponse) => void, RegExp]>([
    ['500', (response) => refuse(response, 500, {}), /^server_error: /],
    ['401 with the key', (response) => refuse(response, 401, { message: 'no secret-key' }), /^unauthorized: .*no …/],
    ['429', (response) => refuse(response, 429, {}), /^rate_limited: /],
    ['HTML', (response) => response.end('<html>'), /^malformed: /],
    ['other JSON', (response) => json(response, { results: 'x' }), /^malformed: /],
    ['a redirect', (response) => response.writeHead(302, { location: 'https://b.example/' }).end(), /^unreachable: /],
    ['no end', (response) => void response.write('x'.repeat(5 * 1024 * 1024)), /^too_large: /],
    ['a cut', (response) => response.destroy(), /^unreachable: /],
  ])('whose server answers %s fails in words', async (_what, answer, says) => {
    await using server = await faultyServer((response) => answer(response))
    const url = new URL(server.baseUrl).origin
    const said = await search({ provider: 'tavily', url }, { [url]: 'secret-key' })
    expect(said).toMatch(says)
    expect(said).not.toContain('secret-key')
  })

  test('keeps no connection to a search engine that is not configured any more', async () => {
    const answer = (response: ServerResponse): void => {
      response.writeHead(200, { connection: 'keep-alive', 'keep-alive': 'timeout=60' }).end('{"results":[]}')
    }
    await using before = await faultyServer(answer)
    await using after = await faultyServer(answer)
    const urls = [before, after].map(({ baseUrl }) => new URL(baseUrl).origin)
    const read = async () => ({ models: {}, search: { provider: 'searxng' as const, url: urls.shift() } })
    await using configured = searchOf(read, {})
    for (let turn = 0; turn < 2; turn++) {
      const engine = await configured.engine()
      if (engine.kind === 'engine') await engine.search('a', neverCancelled)
    }
    expect(after.headers).toHaveLength(1)
    const late = new Promise((_, reject) => setTimeout(reject, 4_000, new Error('a socket is still open')))
    await Promise.race([before.quiet(), late])
  })

  test('whose server redirects takes its key nowhere else', async () => {
    await using other = await faultyServer((response) => json(response, { results: [hit] }))
    await using server = await faultyServer((response) => {
      response.writeHead(307, { location: `${other.baseUrl}/search` }).end()
    })
    const url = new URL(server.baseUrl).origin
    expect(await search({ provider: 'tavily', url }, { [url]: 'k' })).toMatch(/^unreachable: /)
    expect(other.headers).toEqual([])
  })

  test.each<[string, (response: ServerResponse) => void]>([
    ['never answers', () => {}],
    [
      'drips',
      (response) => {
        const drip = setInterval(() => response.write(' '), 5)
        response.on('close', () => clearInterval(drip))
      },
    ],
  ])('whose server %s ends when it is cancelled, and leaves no socket', async (_what, answer) => {
    const source = new CancellationSource()
    await using server = await faultyServer((response) => {
      answer(response)
      setTimeout(() => source.cancel('steer'), 50)
    })
    const url = new URL(server.baseUrl).origin
    await expect(search({ provider: 'searxng', url }, {}, source)).rejects.toThrow('cancelled: steer')
    await server.quiet()
  })
})

describe('session_search', () => {
  const at = Date.UTC(2026, 0, 2)
  const said = (type: string, text: string, stepId = 'm1') => ({
    type,
    at,
    turnId: 't1',
    messageId: 'u1',
    stepId,
    text,
  })
  const asked = (text: string) => ({ ...said('turnStarted', text), source: 'panel', model: 'x' })

  async function find(journals: Record<string, object[]>, input: object, token?: CancellationSource['token']) {
    await using bench = await Workbench.open()
    const folder = await mkdtemp(join(tmpdir(), 'journals-'))
    try {
      for (const [index, [id, events]] of Object.entries(journals).entries()) {
        await writeFile(join(folder, `${id}.jsonl`), events.map((event) => `${JSON.stringify(event)}\n`).join(''))
        await utimes(join(folder, `${id}.jsonl`), at / 1000 + index, at / 1000 + index)
      }
      await mkdir(join(folder, 'folder.jsonl'))
      const world = new AuxiliaryWorld()
      world.journals = folder
      const ports = world.ports(bench.ports.workspace)
      return await bench.call(sessionSearch(ports), input, token)
    } finally {
      await rm(folder, { recursive: true })
    }
  }

  test('finds what the user and the model said, the newest session first', async () => {
    const old = [asked('Fix the Parser\nplease'), said('textAdded', 'The par'), said('textAdded', 'ser is fixed.')]
    const young = [asked('Hello'), said('textAdded', 'Hi'), said('messageSteered', 'and the parser?')]
    const result = await find({ old, young }, { query: 'parser' })
    expect(textOf(result)).toBe(
      [
        '## 2026-01-02: Hello\n- user: and the parser?',
        '## 2026-01-02: Fix the Parser\n- user: Fix the Parser please\n- assistant: The parser is fixed.',
      ].join('\n\n'),
    )
    expect(result).toMatchObject({ kind: 'completed', fact: '2 sessions' })
  })

  test('wants all words, leaves out the session that asks, and keeps to its limit', async () => {
    const journals = { a: [asked('red dot')], b: [asked('red line')], s1: [asked('red dot')], c: [asked('a dot, red')] }
    expect(await find(journals, { query: 'red dot' })).toMatchObject({ fact: '2 sessions' })
    expect(textOf(await find(journals, { query: 'red', limit: 1 }))).toMatch(/^## 2026-01-02: a dot, red\n[^\n]*$/)
    expect(textOf(await find(journals, { query: 'blue' }))).toBe(
      'No earlier session of this workspace has all of: blue',
    )
  })

  test('passes over what is torn, and what is no journal', async () => {
    const result = await find({ a: [{ type: 'turnStarted' }, asked('word')] }, { query: 'word' })
    expect(result).toMatchObject({ fact: '1 session' })
  })

  test('gives what it has found when it is cancelled', async () => {
    const source = new CancellationSource()
    source.cancel('steer')
    expect(await find({ a: [asked('word')] }, { query: 'word' }, source.token)).toEqual({
      kind: 'cancelled',
      partial: '',
      fact: '0 sessions',
    })
  })
})
