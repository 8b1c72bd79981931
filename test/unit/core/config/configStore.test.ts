import { chmod, mkdir, readdir, rename, stat, symlink, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { CancellationSource, CancelledError, neverCancelled } from '../../../../src/core/scheduling/cancellation.ts'
import { configWorld, insideLocks, size } from './world.ts'

describe('a configuration file', () => {
  it('is empty where there is none, and comes with the first change', async () => {
    await using world = await configWorld()
    expect(await world.store.read('models')).toEqual({ models: {} })
    expect(await size(world.store, 'gpt-6.1', 1000, neverCancelled)).toBeUndefined()
    expect(await world.text('models')).toBe('{\n  "gpt-6.1": {\n    "contextTokens": 1000\n  }\n}\n')
    expect((await stat(world.path('models'))).mode & 0o777).toBe(0o600)
    expect(await world.store.read('models')).toEqual({ models: { 'gpt-6.1': { contextTokens: 1000 } } })
  })

  it('keeps its comments, BOM, line ends and mode', async () => {
    await using world = await configWorld()
    await writeFile(world.path('models'), '\uFEFF{\r\n  // mine\r\n  "a": { "contextTokens": 1 }, // a\r\n}\r\n')
    await chmod(world.path('models'), 0o664)
    expect(await size(world.store, 'a', 2, neverCancelled)).toBeUndefined()
    expect(await world.text('models')).toBe('\uFEFF{\r\n  // mine\r\n  "a": { "contextTokens": 2 }, // a\r\n}\r\n')
    expect((await stat(world.path('models'))).mode & 0o777).toBe(0o664)
  })

  it('is found behind links, that dangle too, and the links stay', async () => {
    await using world = await configWorld()
    await mkdir(join(world.folder, 'dotfiles'))
    await symlink('dotfiles/mine.jsonc', world.path('models'))
    expect(await size(world.store, 'a', 1, neverCancelled)).toBeUndefined()
    expect(await size(world.store, 'b', 2, neverCancelled)).toBeUndefined()
    expect(await world.store.read('models')).toEqual({ models: { a: { contextTokens: 1 }, b: { contextTokens: 2 } } })
    expect(await readdir(join(world.folder, 'dotfiles'))).toEqual(['mine.jsonc'])
    expect(await readdir(world.folder)).toEqual(['dotfiles', 'models.jsonc'])
  })

  it.each([
    ['a comma that is missing', '{\n  "a": {}\n  "b": {}\n}', ':3:3: a comma is expected'],
    ['what is no object', '[1]', ':1:1: an object is expected'],
    ['a key that is there twice', '{\n  "a": {},\n  "a": {} }', ':3:3: the key "a" is there twice'],
    ['a key that would hide things', '{ "__proto__": {} }', ':1:3: the key "__proto__" is not allowed'],
    [
      'a value of the wrong type',
      '{\n  "a": {\n    "contextTokens": "many" } }',
      ':3:22: a.contextTokens: expected number',
    ],
    [
      'a key that nobody knows',
      '{ "a": { "contextTokens": 1,\n  "apiKey": "canary" } }',
      ':2:3: a: Unrecognized key: "apiKey"',
    ],
  ])('with %s is left byte for byte, and the error names the place', async (_what, text, words) => {
    await using world = await configWorld()
    await writeFile(world.path('models'), text)
    for (const failure of [await size(world.store, 'x', 1, neverCancelled), await world.store.read('models')]) {
      expect(failure).toMatchObject({ code: 'invalid_config' })
      expect(failure).toHaveProperty('message', expect.stringContaining(`${world.path('models')}${words}`))
      expect(JSON.stringify(failure)).not.toContain('canary')
    }
    expect(await world.text('models')).toBe(text)
  })

  it('says of a server what is wrong with it', async () => {
    await using world = await configWorld()
    await writeFile(world.path('mcp'), '{ "servers": {\n  "x": { "command": "x",\n    "args": "-y" } } }')
    const failure = await world.store.read('mcp')
    expect(failure).toHaveProperty('message', expect.stringContaining(':3:13: servers.x.args: expected array'))
  })

  it('is left as it was by a change that does not fit', async () => {
    await using world = await configWorld()
    await size(world.store, 'a', 1, neverCancelled)
    const before = await world.text('models')
    const failure = await size(world.store, 'a', -1, neverCancelled)
    expect(failure).toMatchObject({ code: 'invalid_value', message: expect.stringContaining('a.contextTokens: ') })
    expect(await world.text('models')).toBe(before)
    expect(
      await world.store.update('models', () => ({ kind: 'failed', code: 'own', message: '' }), neverCancelled),
    ).toMatchObject({ code: 'own' })
    expect(await world.text('models')).toBe(before)
  })

  it('is not written for a change that changes nothing', async () => {
    await using world = await configWorld()
    await size(world.store, 'a', 1, neverCancelled)
    const before = await stat(world.path('models'))
    await size(world.store, 'a', 1, neverCancelled)
    expect((await stat(world.path('models'))).ino).toBe(before.ino)
  })

  it('is never seen half written', async () => {
    await using world = await configWorld()
    const many = Object.fromEntries(Array.from({ length: 2_000 }, (_, n) => [`m${n}`, { contextTokens: n + 1 }]))
    await world.store.update('models', () => many, neverCancelled)
    const state = { done: false }
    const changes = (async () => {
      for (let n = 1; n <= 10; n++) await size(world.store, 'm0', n, neverCancelled)
      state.done = true
    })()
    while (!state.done) expect((await world.text('models')).endsWith('}\n')).toBe(true)
    await changes
  })

  it('keeps what a program that knows no lock has written meanwhile', async () => {
    await using world = await configWorld()
    let tries = 0
    const { writeFileSync } = await import('node:fs')
    const failure = await world.store.update(
      'models',
      (value) => {
        if (++tries === 1) writeFileSync(world.path('models'), '{ "theirs": {} }')
        return { ...value, ours: {} }
      },
      neverCancelled,
    )
    expect([failure, tries]).toEqual([undefined, 2])
    expect(await world.store.readValue('models')).toEqual({ theirs: {}, ours: {} })
  })

  it('takes in what a crash has left behind', async () => {
    await using world = await configWorld()
    await writeFile(`${world.path('models')}.new`, '{ "half')
    expect(await size(world.store, 'a', 1, neverCancelled)).toBeUndefined()
    expect(await readdir(world.folder)).toEqual(['models.jsonc'])
  })

  it('that cannot be written is told', async () => {
    await using world = await configWorld()
    await mkdir(world.path('models'))
    expect(await size(world.store, 'a', 1, neverCancelled)).toMatchObject({ code: 'io' })
    expect(await world.store.read('models')).toMatchObject({ code: 'io' })
  })
})

describe('changes of configuration files', () => {
  it('of one file are all there, and see each other', async () => {
    await using world = await configWorld()
    const failures = await Promise.all(
      Array.from({ length: 50 }, (_, n) => size(world.store, `m${n}`, n + 1, neverCancelled)),
    )
    expect(failures.filter((failure) => failure !== undefined)).toEqual([])
    const content = await world.store.read('models')
    expect('models' in content && Object.keys(content.models)).toHaveLength(50)
  })

  it('that are cancelled in the queue do not happen', async () => {
    await using world = await configWorld()
    const source = new CancellationSource()
    const first = size(world.store, 'first', 1, neverCancelled)
    const second = size(world.store, 'second', 1, source.token)
    source.cancel('stop')
    await expect(second).rejects.toThrow(CancelledError)
    expect(await first).toBeUndefined()
    expect(await world.store.readValue('models')).toEqual({ first: { contextTokens: 1 } })
  })

  it('that are cancelled while they are computed do not happen', async () => {
    await using world = await configWorld()
    const source = new CancellationSource()
    const change = world.store.update(
      'models',
      (value) => {
        source.cancel('stop')
        return { ...value, a: {} }
      },
      source.token,
    )
    await expect(change).rejects.toThrow(CancelledError)
    expect(await readdir(world.folder)).toEqual([])
  })

  it('of several files are all made or none, with their locks taken in the one order', async () => {
    const order: string[] = []
    const locks = insideLocks()
    await using world = await configWorld({
      hold: (path, token) => {
        order.push(path.slice(path.lastIndexOf('/') + 1))
        return locks.hold(path, token)
      },
    })
    const a = { contextTokens: 1 }
    const rules = { deny: [{ command: 'rm -rf /' }] }
    const both = { permissions: () => rules, models: () => ({ a }) }
    expect(await world.store.updateAll(both, neverCancelled)).toBeUndefined()
    expect(order).toEqual(['models.jsonc.lock', 'permissions.jsonc.lock'])
    expect(await world.store.readValue('permissions')).toEqual(rules)
    const half = { models: () => ({ a, b: a }), permissions: () => ({ deny: 'everything' }) }
    expect(await world.store.updateAll(half, neverCancelled)).toMatchObject({ code: 'invalid_value' })
    expect(await world.store.readValue('models')).toEqual({ a })
  })

  it('of several files are put back where the last cannot be written', async () => {
    await using world = await configWorld()
    await size(world.store, 'a', 1, neverCancelled)
    const before = await world.text('models')
    await mkdir(join(world.folder, 'elsewhere'))
    await symlink('elsewhere/p.jsonc', world.path('permissions'))
    await mkdir(join(world.folder, 'elsewhere/p.jsonc.new'))
    await writeFile(join(world.folder, 'elsewhere/p.jsonc.new/x'), '')
    const both = { models: () => ({}), permissions: () => ({ deny: [] }) }
    expect(await world.store.updateAll(both, neverCancelled)).toMatchObject({ code: 'io' })
    expect(await world.text('models')).toBe(before)
  })

  it('are heard of, whoever makes them', async () => {
    await using world = await configWorld()
    await using other = await configWorld()
    const heard: string[] = []
    const { promise, resolve } = Promise.withResolvers<void>()
    using listener = new DisposableStack()
    listener.adopt(
      world.store.onChanged((file) => {
        heard.push(file)
        if (heard.length === 2) resolve()
      }),
      (one) => one.dispose(),
    )
    await size(world.store, 'a', 1, neverCancelled)
    await expect.poll(() => heard).toEqual(['models'])
    await size(other.store, 'b', 1, neverCancelled)
    await rename(other.path('models'), world.path('models'))
    await promise
    expect(heard).toEqual(['models', 'models'])
    expect(world.warnings).toEqual([])
  })
})
