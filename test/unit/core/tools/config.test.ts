import { readFile, writeFile } from 'node:fs/promises'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { decide } from '../../../../src/core/approvals/policy.ts'
import { describe as described } from '../../../../src/core/approvals/describe.ts'
import type { OwnSettings } from '../../../../src/core/config/ownSettings.ts'
import { CancellationSource, CancelledError } from '../../../../src/core/scheduling/cancellation.ts'
import { type ConfigInput, configTool } from '../../../../src/core/tools/config.ts'
import type { ApprovalMode, Plan, Tool } from '../../../../src/core/tools/tool.ts'
import { type ConfigWorld, configWorld } from '../config/world.ts'
import { Workbench } from './workbench.ts'

let world: ConfigWorld
let bench: Workbench
let tool: Tool<ConfigInput>
let settings: Record<string, unknown>

beforeEach(async () => {
  world = await configWorld()
  bench = await Workbench.open()
  settings = { 'model.name': 'm', 'limits.parallelCalls': 128 }
  const ownSettings: OwnSettings = {
    all: () => settings,
    misfit: (key, value) => (typeof value === typeof settings[key] ? undefined : 'expected another type'),
    set: async (key, value) => {
      settings[key] = value
      return undefined
    },
  }
  tool = configTool({ config: world.store, ownSettings })
})

afterEach(async () => {
  await world[Symbol.asyncDispose]()
  await bench[Symbol.asyncDispose]()
})

const set = (file: string, key: string, value?: unknown) => bench.call(tool, { action: 'set', file, key, value })
const get = (file: string, key?: string) => bench.call(tool, { action: 'get', file, key })

async function planned(call: object): Promise<Plan> {
  const plan = await tool.plan(tool.input.parse(call))
  if ('kind' in plan) throw new Error(plan.message)
  return plan
}

describe('config', () => {
  it('sets a value and gets it again', async () => {
    expect(await set('models', 'my-model.contextTokens', 1000)).toEqual({
      kind: 'completed',
      text: 'Set my-model.contextTokens in models.jsonc to 1000.',
    })
    expect(await get('models', 'my-model.contextTokens')).toEqual({ kind: 'completed', text: '1000' })
    expect(JSON.parse(await readFile(world.path('models'), 'utf8'))).toEqual({ 'my-model': { contextTokens: 1000 } })
  })

  it('takes names that have dots for what they mean, quoted or not', async () => {
    await set('models', 'gpt-6.1.contextTokens', 1)
    await set('models', '"gpt-6.2".contextTokens', 2)
    await set('models', 'gpt-6.1.images', true)
    await set('mcp', 'servers.files.command', 'serve')
    await set('models', 'auxiliary.small', 'gpt-6.1')
    expect(await world.store.readValue('models')).toEqual({
      'gpt-6.1': { contextTokens: 1, images: true },
      'gpt-6.2': { contextTokens: 2 },
      auxiliary: { small: 'gpt-6.1' },
    })
    expect(await get('models', 'gpt-6.1.images')).toMatchObject({ text: 'true' })
    expect(await get('mcp', 'servers.files')).toMatchObject({ text: '{\n  "command": "serve"\n}' })
  })

  it('removes what is set to nothing', async () => {
    await set('models', 'a.contextTokens', 1)
    expect(await set('models', 'a')).toMatchObject({ text: 'Removed a from models.jsonc.' })
    expect(await set('models', 'a')).toMatchObject({ code: 'not_found' })
    expect(await get('models', 'a')).toMatchObject({ code: 'not_found' })
  })

  it('adds to a list', async () => {
    await set('permissions', 'deny', [{ command: 'rm' }])
    await set('permissions', 'deny.1', { tool: 'web_search' })
    expect(await get('permissions', 'deny.1.tool')).toMatchObject({ text: '"web_search"' })
  })

  it.each([
    ['models', 'my-model.contextTokens', 'many'],
    ['models', 'my-model.unknown', 1],
    ['permissions', 'deny', 'all'],
    ['settings', 'limits.parallelCalls', 'many'],
  ])('refuses what does not fit before it asks: %s %s', async (file, key, value) => {
    expect(await set(file, key, value)).toMatchObject({ code: 'invalid_value' })
    expect(await world.store.readValue('models')).toEqual({})
  })

  it('leaves a broken file as it is, and says where it is broken', async () => {
    await writeFile(world.path('models'), '{ "a": }')
    const failure = { code: 'invalid_config', message: expect.stringContaining(':1:8: a value is expected') }
    expect(await set('models', 'b.contextTokens', 1)).toMatchObject(failure)
    expect(await get('models')).toMatchObject(failure)
    expect(await readFile(world.path('models'), 'utf8')).toBe('{ "a": }')
  })

  it('asks about exactly the value that it then sets', async () => {
    const plan = await planned({ action: 'set', file: 'models', key: 'gpt-6.1.contextTokens', value: 7 })
    expect(described('config', {}, plan.action, undefined)).toBe('models.jsonc\n"gpt-6.1".contextTokens: 7')
    // The file changes after the question, so that the key would be read another way.
    await writeFile(world.path('models'), '{ "gpt-6": {} }')
    await plan.run(bench.progress(), new CancellationSource().token)
    expect(await world.store.readValue('models')).toEqual({ 'gpt-6': {}, 'gpt-6.1': { contextTokens: 7 } })
  })

  it('does nothing when it is cancelled before', async () => {
    const plan = await planned({ action: 'set', file: 'models', key: 'a.contextTokens', value: 7 })
    const source = new CancellationSource()
    source.cancel('stop')
    await expect(plan.run(bench.progress(), source.token)).rejects.toThrow(CancelledError)
    expect(await world.store.readValue('models')).toEqual({})
  })

  it('reads and sets Stretto’s settings and no other', async () => {
    expect(await set('settings', 'stretto.model.name', 'other')).toMatchObject({
      text: 'Set stretto.model.name in settings to "other".',
    })
    expect(await get('settings', 'model.name')).toMatchObject({ text: '"other"' })
    expect(await get('settings')).toMatchObject({ text: expect.stringContaining('"limits.parallelCalls": 128') })
    expect(await set('settings', 'editor.fontSize', 3)).toMatchObject({ code: 'not_found' })
  })

  it.each([
    [{ action: 'set', file: 'models', key: 'a.contextTokens', value: 1 }, ['remember', 'remember', 'allow']],
    [{ action: 'set', file: 'models', key: 'auxiliary.small', value: 'm' }, ['remember', 'remember', 'allow']],
    [{ action: 'set', file: 'models', key: 'search', value: { provider: 'brave' } }, ['ask', 'ask', 'ask']],
    [{ action: 'set', file: 'mcp', key: 'servers.x.command', value: 'x' }, ['ask', 'ask', 'ask']],
    [{ action: 'set', file: 'permissions', key: 'allow', value: [] }, ['ask', 'ask', 'ask']],
    [{ action: 'set', file: 'settings', key: 'limits.parallelCalls', value: 3 }, ['ask', 'ask', 'ask']],
    [{ action: 'get', file: 'permissions' }, ['allow', 'allow', 'allow']],
  ])('%j asks as the table says', async (call, expected) => {
    const { action } = await planned(call)
    const modes: ApprovalMode[] = ['ask', 'edits', 'all']
    const decisions = modes.map((mode) => decide(action, { mode, trusted: true }))
    const words = decisions.map((one) => (one.kind === 'ask' ? (one.canRemember ? 'remember' : 'ask') : one.kind))
    expect(words).toEqual(expected)
  })

  it.each([
    ['models', 'apiKey', 'canary'],
    ['models', 'my-model.apiKey', 'canary'],
    ['mcp', 'servers.x', { command: 'x', env: { GITHUB_TOKEN: 'canary' } }],
    ['mcp', 'servers.x', { url: 'https://x/', headers: { Authorization: 'canary' } }],
    ['mcp', 'servers.x', { command: 'x', args: ['--api-key=canary'] }],
    ['settings', 'model.name', 'sk-canary'],
    ['settings', 'model.apiKey', 'canary'],
  ])('takes no secret: %s %s', async (file, key, value) => {
    const failure = await set(file, key, value)
    expect(failure).toMatchObject({ code: 'secret', message: expect.stringContaining('Stretto: Set API Key') })
    expect(JSON.stringify(failure)).not.toContain('canary')
  })

  it('shows no secret that the user has written there', async () => {
    const servers = {
      a: {
        command: 'a',
        args: ['--token', 'canary', '--api-key=canary', '-v'],
        env: { HOME_URL: 'canary', X: 'canary' },
      },
      b: { url: 'https://me:canary@b/?key=canary', headers: { 'X-Api-Key': 'canary' } },
    }
    await writeFile(world.path('mcp'), JSON.stringify({ servers }))
    for (const key of [
      undefined,
      'servers',
      'servers.a',
      'servers.a.env',
      'servers.a.env.X',
      'servers.b.headers',
      'servers.b',
    ]) {
      const result = await get('mcp', key)
      expect(result.kind).toBe('completed')
      expect(JSON.stringify(result)).not.toContain('canary')
    }
    expect(await get('mcp', 'servers.a.env')).toMatchObject({
      text: '{\n  "HOME_URL": "(hidden)",\n  "X": "(hidden)"\n}',
    })
    expect(await get('mcp', 'servers.a.args')).toMatchObject({ text: expect.stringContaining('"-v"') })
  })
})
