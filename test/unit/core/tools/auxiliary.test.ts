import { execFileSync } from 'node:child_process'
import { readFile, writeFile } from 'node:fs/promises'
import type { ServerResponse } from 'node:http'
import { join } from 'node:path'
import { LLMock } from '@copilotkit/aimock'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { CancellationSource } from '../../../../src/core/scheduling/cancellation.ts'
import { imageGenerate } from '../../../../src/core/tools/imageGenerate.ts'
import { textToSpeech } from '../../../../src/core/tools/textToSpeech.ts'
import { visionAnalyze } from '../../../../src/core/tools/visionAnalyze.ts'
import { AuxiliaryWorld, deaf } from '../../../support/auxiliaryWorld.ts'
import { faultyServer, refuse } from '../../../support/faultyServer.ts'
import { ScriptedModel, stop, text } from '../../../support/scriptedModels.ts'
import { textOf, Workbench } from './workbench.ts'

const PNG = Buffer.from(
  'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==',
  'base64',
)

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

const ports = () => world.ports(bench.ports.workspace)
const json = (response: ServerResponse, value: unknown): void => {
  response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify(value))
}

describe('vision_analyze', () => {
  const look = (input: object, token?: CancellationSource['token']) => bench.call(visionAnalyze(ports()), input, token)

  test('sends a picture of the workspace with the question to the model that sees', async () => {
    const model = new ScriptedModel([[text('A red dot.'), stop]])
    world.models.set('vision', model)
    await writeFile(join(bench.folder, 'a.bin'), PNG)
    expect(await look({ path: 'a.bin', question: 'What is it?' })).toEqual({ kind: 'completed', text: 'A red dot.' })
    const images = [{ mime: 'image/png', base64: PNG.toString('base64') }]
    expect(model.requests[0]?.messages).toEqual([{ role: 'user', text: 'What is it?', images }])
  })

  test('is asked about as a reading of the file and as a service', async () => {
    expect(await visionAnalyze(ports()).plan({ path: 'a.png', question: 'Q' })).toMatchObject({
      claims: [{ kind: 'read', path: `${bench.folder}/a.png` }],
      action: { kind: 'auxiliary', service: 'vision', what: 'Q', targets: [{ display: 'a.png' }] },
    })
    expect(await visionAnalyze(ports()).plan({ url: 'https://a.example/b', question: 'Q' })).toMatchObject({
      claims: [],
      action: { kind: 'auxiliary', targets: [], url: 'https://a.example/b' },
    })
  })

  test('takes a path or a URL, one of them', () => {
    const { input } = visionAnalyze(ports())
    expect(input.safeParse({ question: 'Q' }).success).toBe(false)
    expect(input.safeParse({ path: 'a', url: 'b', question: 'Q' }).success).toBe(false)
  })

  test('refuses what is no picture, is not there, or hangs when it is opened', async () => {
    await bench.write({ 'a.png': 'words' })
    execFileSync('mkfifo', [join(bench.folder, 'pipe.png')])
    const codes = ['a.png', 'none.png', 'pipe.png', '.'].map(async (path) =>
      textOf(await look({ path, question: 'Q' })),
    )
    const said = (await Promise.all(codes)).map((words) => words.slice(0, words.indexOf(':')))
    expect(said).toEqual(['not_a_picture', 'not_found', 'not_a_file', 'not_a_file'])
  })

  test('fetches a picture under the rules of pages', async () => {
    world.models.set('vision', new ScriptedModel([[text('A dot.'), stop]]))
    await using server = await faultyServer((response) => response.end(PNG))
    const url = `http://page.example:${new URL(server.baseUrl).port}/`
    expect(textOf(await look({ url, question: 'Q' }))).toBe('A dot.')
    expect(textOf(await look({ url: 'http://127.0.0.1/a.png', question: 'Q' }))).toContain('not_public')
  })

  test('does not send a picture to a model that is known not to see', async () => {
    world.models.set('vision', new ScriptedModel([]))
    world.facts = { contextTokens: 1_000, images: false, reasoning: false, tools: true }
    await writeFile(join(bench.folder, 'a.png'), PNG)
    expect(textOf(await look({ path: 'a.png', question: 'Q' }))).toContain('no_vision: vision does not see pictures.')
  })

  test('gives the answer so far when it is cancelled', async () => {
    world.models.set('vision', deaf('A red'))
    await writeFile(join(bench.folder, 'a.png'), PNG)
    const source = new CancellationSource()
    setTimeout(() => source.cancel('steer'), 100)
    expect(await look({ path: 'a.png', question: 'Q' }, source.token)).toEqual({ kind: 'cancelled', partial: 'A red' })
  })
})

test('pictures and speech come from a mock of the provider as from itself', async () => {
  const mock = new LLMock({ port: 0 })
  mock.onImage('A red dot', { image: { b64Json: PNG.toString('base64') } })
  mock.onSpeech('Hello', { audio: Buffer.from('sound').toString('base64'), format: 'mp3' })
  await mock.start()
  try {
    world.baseUrl = `${mock.url}/v1`
    expect(textOf(await bench.call(imageGenerate(ports()), { prompt: 'A red dot' }))).toContain('Wrote a-red-dot.png')
    expect(textOf(await bench.call(textToSpeech(ports()), { text: 'Hello' }))).toContain('Wrote hello.mp3')
    expect(await readFile(join(bench.folder, 'a-red-dot.png'))).toEqual(PNG)
    expect(await readFile(join(bench.folder, 'hello.mp3'), 'utf8')).toBe('sound')
  } finally {
    await mock.stop()
  }
})

/** Every way in which a service can fail a tool that wants bytes of it. */
const faults: [what: string, answer: (response: ServerResponse) => void, says: RegExp][] = [
  ['500', (response) => refuse(response, 500, { message: 'broken' }), /^server_error: .* HTTP 500/],
  [
    '401 with the key in its words',
    (response) => refuse(response, 401, { message: 'bad sk-secret-1234' }),
    /^unauthorized: .*bad …/,
  ],
  ['429', (response) => refuse(response, 429, {}), /^rate_limited: /],
  ['a redirect', (response) => response.writeHead(302, { location: 'http://127.0.0.1:9/' }).end(), /^unreachable: /],
  ['HTML', (response) => response.writeHead(200, { 'content-type': 'text/html' }).end('<p>'), /^malformed: /],
  ['nothing', (response) => response.end(), /^malformed: /],
  [
    'a cut',
    (response) => void response.writeHead(200, { 'content-length': '99' }).write('{"da', () => response.destroy()),
    /^(?:cut|unreachable): /,
  ],
  ['no answer at all', (response) => response.destroy(), /^unreachable: /],
]

const hangs: [what: string, answer: (response: ServerResponse) => void][] = [
  ['never answers', () => {}],
  ['stops after its headers', (response) => response.flushHeaders()],
  [
    'drips',
    (response) => {
      const drip = setInterval(() => response.write(' '), 5)
      response.on('close', () => clearInterval(drip))
    },
  ],
]

describe('image_generate', () => {
  const make = (input: object, token?: CancellationSource['token']) => bench.call(imageGenerate(ports()), input, token)

  test('writes the picture under a free name, in the checkpoint, and shows it as a change', async () => {
    await bench.write({ 'a-red-dot.png': '' })
    await using server = await faultyServer((response) =>
      json(response, { data: [{ b64_json: PNG.toString('base64') }] }),
    )
    world.baseUrl = server.baseUrl
    const result = await make({ prompt: 'A red dot', size: '512x512' })
    expect(result).toMatchObject({
      text: 'Wrote a-red-dot-2.png (1 KB).',
      changes: [{ path: 'a-red-dot-2.png', kind: 'added' }],
    })
    expect(await readFile(join(bench.folder, 'a-red-dot-2.png'))).toEqual(PNG)
    expect(world.recorded.map(({ display }) => display)).toEqual(['a-red-dot-2.png'])
    expect(server.bodies).toEqual([{ model: 'image-model', prompt: 'A red dot', n: 1, size: '512x512' }])
    expect(server.headers[0]?.authorization).toBe('Bearer sk-secret-1234')
  })

  test('is asked about as a service and as a writing of the file', async () => {
    expect(await imageGenerate(ports()).plan({ prompt: 'P', path: 'out/b.png' })).toMatchObject({
      claims: [{ kind: 'write', path: `${bench.folder}/out/b.png` }],
      action: { kind: 'auxiliary', service: 'image', writes: true, targets: [{ display: 'out/b.png' }] },
    })
  })

  test('replaces nothing: neither what is there before, nor what comes meanwhile', async () => {
    await bench.write({ 'a.png': 'mine' })
    expect(textOf(await make({ prompt: 'P', path: 'a.png' }))).toMatch(/^exists: /)
    await using server = await faultyServer((response) => {
      void bench.write({ 'b.png': 'mine' }).then(() => json(response, { data: [{ b64_json: PNG.toString('base64') }] }))
    })
    world.baseUrl = server.baseUrl
    expect(textOf(await make({ prompt: 'P', path: 'b.png' }))).toMatch(/^exists: /)
    expect(await readFile(join(bench.folder, 'b.png'), 'utf8')).toBe('mine')
    expect(world.recorded).toEqual([])
  })

  test('fetches a picture that the service only names: of its own, or of the public web', async () => {
    await using server = await faultyServer((response, _count, request) => {
      if (request.url === '/files/1') response.end(PNG)
      else json(response, { data: [{ url: new URL('/files/1', server.baseUrl).href }] })
    })
    world.baseUrl = server.baseUrl
    expect(textOf(await make({ prompt: 'P', path: 'a.png' }))).toContain('Wrote a.png')
    await using liar = await faultyServer((response) => json(response, { data: [{ url: 'http://169.254.169.254/' }] }))
    world.baseUrl = liar.baseUrl
    expect(textOf(await make({ prompt: 'P', path: 'b.png' }))).toMatch(/^not_public: /)
  })

  test.each(faults)('whose server answers %s fails in words and writes nothing', async (_what, answer, says) => {
    await using server = await faultyServer((response) => answer(response))
    world.baseUrl = server.baseUrl
    const said = textOf(await make({ prompt: 'P', path: 'a.png' }))
    expect(said).toMatch(says)
    expect(said).not.toContain('sk-secret-1234')
    await expect(readFile(join(bench.folder, 'a.png'))).rejects.toThrow('ENOENT')
  })

  test.each(hangs)('whose server %s ends when it is cancelled, and writes nothing', async (_what, answer) => {
    const source = new CancellationSource()
    await using server = await faultyServer((response) => {
      answer(response)
      setTimeout(() => source.cancel('timeout'), 50)
    })
    world.baseUrl = server.baseUrl
    await expect(make({ prompt: 'P', path: 'a.png' }, source.token)).rejects.toThrow('cancelled: timeout')
    await server.quiet()
    await expect(readFile(join(bench.folder, 'a.png'))).rejects.toThrow('ENOENT')
  })
})

describe('text_to_speech', () => {
  const speak = (input: object, token?: CancellationSource['token']) => bench.call(textToSpeech(ports()), input, token)

  test('writes the sound in the format of its name', async () => {
    await using server = await faultyServer((response) => {
      response.writeHead(200, { 'content-type': 'audio/wav' }).end('RIFF')
    })
    world.baseUrl = server.baseUrl
    expect(textOf(await speak({ text: 'Hello', path: 'a.wav', voice: 'nova' }))).toBe('Wrote a.wav (1 KB).')
    expect(server.bodies).toEqual([{ model: 'speech-model', input: 'Hello', voice: 'nova', response_format: 'wav' }])
    expect(await readFile(join(bench.folder, 'a.wav'), 'utf8')).toBe('RIFF')
  })

  test('takes only names of sounds', async () => {
    expect(textOf(await speak({ text: 'Hello', path: 'a.sh' }))).toMatch(/^bad_path: /)
  })

  test.each(faults)('whose server answers %s fails in words and writes nothing', async (_what, answer, says) => {
    await using server = await faultyServer((response) => answer(response))
    world.baseUrl = server.baseUrl
    expect(textOf(await speak({ text: 'Hello' }))).toMatch(says)
    await expect(readFile(join(bench.folder, 'hello.mp3'))).rejects.toThrow('ENOENT')
  })

  test.each(hangs)('whose server %s ends when it is cancelled, and writes nothing', async (_what, answer) => {
    const source = new CancellationSource()
    await using server = await faultyServer((response) => {
      answer(response)
      setTimeout(() => source.cancel('stop'), 50)
    })
    world.baseUrl = server.baseUrl
    await expect(speak({ text: 'Hello' }, source.token)).rejects.toThrow('cancelled: stop')
    await server.quiet()
    await expect(readFile(join(bench.folder, 'hello.mp3'))).rejects.toThrow('ENOENT')
  })
})
