import { mkdir, mkdtemp, readdir, readFile, realpath, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, it } from 'vitest'
import { Sessions } from '../../../src/core/agent/sessions.ts'
import { ConfigStore } from '../../../src/core/config/configStore.ts'
import { modelClient } from '../../../src/core/models/client.ts'
import type { Log } from '../../../src/core/ports.ts'
import { Locks } from '../../../src/core/scheduling/locks.ts'
import { Journals } from '../../../src/core/sessions/journal.ts'
import type { SessionEvent } from '../../../src/protocol/events.ts'
import { systemClock } from '../../../src/host/clock.ts'
import { ApiKeys } from '../../../src/host/secrets.ts'
import {
  call,
  type ChatRequest,
  fault,
  type ModelReply,
  raw,
  reply,
  scriptedModel,
  text,
} from '../../support/model/scriptedModel.ts'
import { sessionParts } from '../../support/sessionParts.ts'

const CANARY = 'sk-canary-d41d8cd98f00b204'

/** An endpoint that says back what it was given, wherever it can. */
const tellTales: ModelReply[] = [
  fault(401, `Incorrect API key provided: ${CANARY}.`),
  fault(403, `${CANARY} may not do this`),
  fault(404, `no model for Bearer ${CANARY}`),
  fault(400, `bad request: {"authorization":"Bearer ${CANARY}"}`),
  fault(402, `no credit on ${CANARY}`),
  { status: 400, body: CANARY },
  { status: 302, headers: { location: `http://127.0.0.1:9/?key=${CANARY}` } },
  reply(raw(`data: {"error":{"message":"the key ${CANARY}"}}`)),
  reply(raw(`data: ${CANARY}`)),
]

it('a key is in no journal, log, error or prompt, whatever the endpoint says and the model asks for', async () => {
  await using stack = new AsyncDisposableStack()
  const folder = await realpath(await mkdtemp(join(tmpdir(), 'canary-')))
  stack.defer(() => rm(folder, { recursive: true, force: true }))
  const logged: string[] = []
  const log: Log = {
    info: (message) => logged.push(message),
    warn: (message) => logged.push(message),
    error: (message, error) => logged.push(message, error instanceof Error ? String(error.stack) : String(error)),
  }
  const configFolder = join(folder, 'config')
  const locks = new Locks()
  const hold: ConstructorParameters<typeof ConfigStore>[0]['locks']['hold'] = (key, token) =>
    locks.hold([{ key, mode: 'write' }], token)
  const config = new ConfigStore({ folder: configFolder, locks: { hold }, log })
  stack.defer(() => config.dispose())

  const keys = new ApiKeys(memorySecrets(), (token) => hold('keys', token))
  const endpoint = stack.use(
    await scriptedModel(
      reply(
        ...['models', 'mcp', 'permissions', 'settings'].map((file) => call('config', { action: 'get', file })),
        call('config', { action: 'get', file: 'mcp', key: 'servers.mine.env.TOKEN' }),
        call('config', { action: 'set', file: 'mcp', key: 'servers.mine.args', value: ['-v'] }),
        call('terminal', { command: 'env' }),
      ),
      reply(text('Done.')),
      // What is asked for again is answered in the same way.
      ...Array(60).fill(tale),
    ),
  )
  await keys.set(endpoint.url, CANARY)
  await mkdir(configFolder)
  await writeFile(config.path('mcp'), JSON.stringify({ servers: { mine: { command: 'x', env: { TOKEN: CANARY } } } }))
  process.env['OPENAI_API_KEY'] = CANARY
  stack.defer(() => void delete process.env['OPENAI_API_KEY'])

  const model = { baseUrl: endpoint.url, model: 'm', apiKey: await keys.get(endpoint.url), api: 'chat' as const }
  const client = stack.use(modelClient(model, {}, systemClock))
  const settings: Record<string, unknown> = { 'model.name': 'm' }
  const parts = sessionParts(client.model, folder, {
    log,
    headless: true,
    settings: () => ({ approvals: 'all', parallelCalls: 128, commandSeconds: 60, outputBytes: 30_000 }),
    config: { config, ownSettings: { all: () => settings, misfit: () => undefined, set: async () => undefined } },
  })
  stack.defer(() => parts.processes.dispose())
  const journals = join(folder, 'journals')
  const sessions = new Sessions(parts, new Journals(journals, log))
  stack.defer(() => sessions.dispose())
  const events: SessionEvent[] = []
  sessions.onEvent(({ event }) => {
    events.push(event)
    setImmediate(() => client.tryNow())
  })

  const first = await sessions.create().send('go', { source: 'api' })
  const results = [first]
  for (const number of tellTales.keys()) {
    results.push(await sessions.create().send(`tale ${number}`, { source: 'api' }))
  }
  await sessions.dispose()

  const prompts = endpoint.requests.map((request) => JSON.stringify(request))
  const stored = await Promise.all((await readdir(journals)).map((name) => readFile(join(journals, name), 'utf8')))
  const places = { logged, stored, prompts, events: [JSON.stringify(events)], results: [JSON.stringify(results)] }
  for (const [place, texts] of Object.entries(places)) {
    expect([place, texts.filter((one) => one.includes(CANARY))]).toEqual([place, []])
  }
  // All of it was really there to be seen.
  expect(first.calls.map(({ status }) => status)).toEqual([...Array(5).fill('completed'), 'failed', 'completed'])
  expect(results.slice(1).map(({ status }) => status)).toEqual(tellTales.map(() => 'failed'))
  expect(endpoint.headers.every(({ authorization }) => authorization === `Bearer ${CANARY}`)).toBe(true)
  expect(stored).toHaveLength(1 + tellTales.length)
})

/** The one that the request's last message names. */
function tale({ messages }: ChatRequest): ModelReply {
  const number = Number(/tale (\d+)/.exec(JSON.stringify(messages.at(-1)))?.[1])
  return tellTales[number] ?? reply(text('No such tale.'))
}

function memorySecrets(): ConstructorParameters<typeof ApiKeys>[0] {
  const stored = new Map<string, string>()
  return {
    get: async (name) => stored.get(name),
    store: async (name, value) => void stored.set(name, value),
    delete: async (name) => void stored.delete(name),
    keys: async () => [...stored.keys()],
    onDidChange: () => ({ dispose: () => undefined }),
  }
}
