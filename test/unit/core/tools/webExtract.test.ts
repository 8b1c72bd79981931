import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import type { ServerResponse } from 'node:http'
import { ModelError } from '../../../../src/core/models/model.ts'
import { CancellationSource } from '../../../../src/core/scheduling/cancellation.ts'
import { webExtract } from '../../../../src/core/tools/webExtract.ts'
import { AuxiliaryWorld, deaf } from '../../../support/auxiliaryWorld.ts'
import { faultyServer } from '../../../support/faultyServer.ts'
import { ManualClock } from '../../../support/manualClock.ts'
import { gate, ScriptedModel, stop, text } from '../../../support/scriptedModels.ts'
import { textOf, Workbench } from './workbench.ts'

let bench: Workbench
let world: AuxiliaryWorld
beforeEach(async () => {
  bench = await Workbench.open()
  world = new AuxiliaryWorld()
})
afterEach(async () => {
  expect(world.open).toBe(0)
  await bench[Symbol.asyncDispose]()
})

const html = (response: ServerResponse, words: string): void => {
  response.writeHead(200, { 'content-type': 'text/html' }).end(words)
}

/** Extracts the page of a server. */
async function extract(
  answer: (response: ServerResponse, count: number) => void,
  question?: string,
  source = new CancellationSource(),
) {
  await using server = await faultyServer(answer)
  const tool = webExtract(world.ports(bench.ports.workspace))
  const url = `http://page.example:${new URL(server.baseUrl).port}/`
  const result = await bench.call(tool, { url, ...(question !== undefined && { question }) }, source.token)
  await server.quiet()
  return { result, text: textOf(result).replaceAll(/:\d{4,5}/g, '') }
}

describe('web_extract', () => {
  test('gives a page as Markdown with its title and address', async () => {
    const { text: said, result } = await extract((response) => html(response, '<title>T</title><h1>H</h1><p>words'))
    expect(said).toBe('T\nhttp://page.example/\n\n# H\n\nwords')
    expect(result).toMatchObject({ fact: '10 characters' })
  })

  test('gives a text as it is', async () => {
    const { text: said } = await extract((response) => {
      response.writeHead(200, { 'content-type': 'application/json' }).end('{"a":"<b>"}')
    })
    expect(said).toBe('http://page.example/\n\n{"a":"<b>"}')
  })

  test('is asked about by its whole address; a private one is not even asked about', async () => {
    const tool = webExtract(world.ports(bench.ports.workspace))
    expect(await tool.plan({ url: 'https://EXAMPLE.com/a?b#c' })).toMatchObject({
      action: { kind: 'web', url: 'https://example.com/a?b' },
    })
    expect(await tool.plan({ url: 'http://[::1]/' })).toMatchObject({ code: 'not_public' })
  })

  test('follows a redirect only where the policy has nothing to ask', async () => {
    const away = (response: ServerResponse): void =>
      void response.writeHead(302, { location: 'http://b.example/' }).end()
    expect((await extract(away)).text).toContain('redirected: ')
    bench.permitted.add('b.example')
    world.names = { ...world.names, resolve: async () => Promise.reject(new Error('no such name')) }
    const { text: said } = await extract((response, count) => (count === 1 ? away(response) : response.end()))
    expect(said).toContain('unreachable: ')
  })

  test('refuses what is no text, and says what it is', async () => {
    const { text: said } = await extract((response) => {
      response.writeHead(200, { 'content-type': 'application/pdf' }).end('%PDF-1.7')
    })
    expect(said).toBe(
      'unsupported_type: http://page.example/ is a PDF, which is not read here. Look for the same as a web page.',
    )
  })

  test('says that a page without text needs its scripts', async () => {
    expect((await extract((response) => html(response, '<div id="root"></div><script>x</script>'))).text).toMatch(
      /^empty: /,
    )
  })

  test('gives what has come when it is cancelled in the middle of a page, in Markdown', async () => {
    world.clock = new ManualClock()
    const source = new CancellationSource()
    const { result } = await extract(
      (response) => {
        response.writeHead(200, { 'content-type': 'text/html' })
        response.write(`<h1>Head</h1><p>${'words '.repeat(100)}`)
        setTimeout(() => source.cancel('steer'), 200)
      },
      'why?',
      source,
    )
    expect(result).toMatchObject({
      kind: 'cancelled',
      partial: expect.stringMatching(/This is what had come\.\n\n## Head\n\nwords/),
    })
  })

  test('says where a page was cut, by its server or by its length', async () => {
    const cut = await extract((response) => {
      response.writeHead(200, { 'content-type': 'text/plain', 'content-length': '99' })
      response.write('half')
      setTimeout(() => response.destroy(), 50)
    })
    expect(cut.text).toBe('http://page.example/\nThe connection broke: this is what had come.\n\nhalf')
    const long = await extract((response) => {
      response.writeHead(200, { 'content-type': 'text/plain' }).end('x'.repeat(6 * 1024 * 1024))
    })
    expect(long.text).toContain('It is longer than 5 MB: the rest was not read.')
    expect(long.text.length).toBeLessThan(31_000)
  })
})

describe('a question to a page', () => {
  const page = (response: ServerResponse): void => html(response, '<p>It was in 1742.')

  test('is answered by the small model, from the page, and paid for', async () => {
    const small = new ScriptedModel([
      [text('In 17'), text('42.'), { type: 'usage', usage: { inputTokens: 9, outputTokens: 2 } }, stop],
    ])
    world.models.set('small', small)
    const { text: said } = await extract(page, 'When was it?')
    expect(said).toBe('http://page.example/\n\nIn 1742.')
    expect(bench.output).toEqual(['In 17', '42.'])
    expect(world.charged).toEqual([{ inputTokens: 9, outputTokens: 2 }])
    const [, user] = small.requests[0]?.messages ?? []
    expect(user?.text).toMatch(/^Question: When was it\?\n\nThe page http:\/\/page.example:\d+\/:\n\nIt was in 1742\.$/)
    expect(small.requests[0]?.tools).toEqual([])
  })

  test.each([
    ['no model', undefined, 'There is no model small.'],
    ['a model that fails', [new ModelError('server_error', 'It is down.')], 'It is down.'],
    ['a model that says nothing', [stop], 'gave no answer'],
  ])('that finds %s brings the page instead', async (_what, script, words) => {
    if (script !== undefined) world.models.set('small', new ScriptedModel([script]))
    const { text: said } = await extract(page, 'When?')
    expect(said).toContain(words)
    expect(said).toMatch(/Here is the page\.\n\nIt was in 1742\.$/)
  })

  test('is not asked when the budget is spent', async () => {
    world.models.set('small', new ScriptedModel([]))
    world.broke = true
    expect((await extract(page, 'When?')).text).toContain('The budget of this session does not allow another request.')
  })

  test('that is cancelled gives the answer so far, also where the model hears no token', async () => {
    const source = new CancellationSource()
    world.models.set('small', deaf('In 17'))
    bench.output.push = (...pieces) => {
      source.cancel('timeout')
      return pieces.length
    }
    const { result } = await extract(page, 'When?', source)
    expect(result).toMatchObject({ kind: 'cancelled', partial: expect.stringMatching(/\n\nIn 17 …$/) })
    expect(world.charged).toHaveLength(1)
  })

  test('that is cancelled before the answer begins brings the page', async () => {
    const source = new CancellationSource()
    const small = new ScriptedModel([[gate().opened]])
    world.models.set('small', small)
    void small.requested(1).then(() => source.cancel('steer'))
    const { result } = await extract(page, 'When?', source)
    expect(result).toMatchObject({ kind: 'cancelled', partial: expect.stringContaining('It was in 1742.') })
  })
})
