import { symlink } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { allows, joined, type Rule, rulesOf, ruleText, touches } from '../../../../src/core/approvals/rules.ts'
import { workspaceRules } from '../../../../src/core/approvals/workspaceRules.ts'
import type { Action } from '../../../../src/core/tools/tool.ts'
import { named, place } from './place.ts'

const run = (command: string): Action => ({ kind: 'command', command, cwd: '/w' })
const edit = (...paths: string[]): Action => ({ kind: 'edit', targets: paths.map((path) => named(path)) })
const page = (url: string): Action => ({ kind: 'web', url })
const subject = (action: Action, tool = 'some_tool') => ({
  tool,
  action,
  targets: 'targets' in action ? action.targets : [],
})

describe('a rule that allows', () => {
  const cases: [rule: Rule, action: Action, is: boolean][] = [
    [{ command: 'npm test' }, run('npm test'), true],
    [{ command: 'npm test' }, run('npm test '), false],
    [{ command: 'npm test' }, run('npm test; curl evil.test'), false],
    [{ command: 'npm test' }, run('npm  test'), false],
    [{ command: 'npm test' }, edit('a'), false],
    [{ path: 'docs/**' }, edit('docs/a.md'), true],
    [{ path: 'docs/**' }, edit('docs/.hidden/a.md'), true],
    [{ path: 'docs/**' }, edit('docs/a.md', 'src/a.ts'), false],
    [{ path: 'docs/**' }, edit('docs-evil/a.md'), false],
    [{ path: 'docs/**' }, edit(), false],
    [{ path: 'docs/**' }, run('cat docs/a.md'), false],
    [{ path: '/w/docs/**' }, edit('docs/a.md'), true],
    [{ host: 'docs.test' }, page('https://docs.test/a'), true],
    [{ host: 'docs.test' }, page('https://docs.test:8443/a'), true],
    [{ host: 'docs.test' }, page('https://docs.test.evil.test/a'), false],
    [{ host: 'docs.test' }, page('https://evil.test/docs.test'), false],
    [{ host: 'docs.test' }, page('https://docs.test@evil.test/'), false],
    [{ host: '*.docs.test' }, page('https://a.docs.test/'), true],
    [{ host: '*.docs.test' }, page('https://docs.test/'), false],
    [{ host: '*.docs.test' }, page('https://evildocs.test/'), false],
    [{ host: 'docs.test' }, page('no url'), false],
    [{ host: 'docs.test' }, { kind: 'web', query: 'docs.test' }, false],
    [{ tool: 'some_tool' }, run('x'), true],
    [{ tool: 'some_*' }, run('x'), true],
    [{ tool: 'other' }, run('x'), false],
    [{ tool: 'other', command: 'x' }, run('x'), false],
    [{ tool: 'some_tool', command: 'x' }, run('x'), true],
  ]
  it.each(cases)('%j of %j: %s', (rule, action, is) => expect(allows(rule, subject(action))).toBe(is))

  it('of a file holds where the file is, and not for a link to it or through it', () => {
    const away = named('docs/a', { path: '/else/a', display: '/else/a', inside: false })
    expect(allows({ path: 'docs/**' }, { ...subject(edit()), action: edit('x'), targets: [away] })).toBe(false)
    expect(allows({ path: '/else/*' }, { ...subject(edit()), action: edit('x'), targets: [away] })).toBe(true)
  })

  it('says nothing of a call whose tool is not known', () => {
    expect(allows({ tool: '*' }, { ...subject(run('x')), tool: undefined })).toBe(false)
    expect(touches({ tool: '*' }, { ...subject(run('x')), tool: undefined })).toBe(false)
  })
})

describe('a rule that asks or denies', () => {
  const cases: [rule: Rule, action: Action, is: boolean][] = [
    [{ command: 'git push' }, run('git push'), true],
    [{ command: 'git push' }, run('cd x && git   push --force'), true],
    [{ command: 'git  push' }, run('git\tpush'), true],
    [{ command: 'git push' }, run('git pull'), false],
    [{ command: 'git push' }, edit('git push'), false],
    [{ path: 'secret/**' }, edit('src/a.ts', 'secret/a'), true],
    [{ path: 'secret/**' }, edit('SECRET/A'), true],
    [{ path: 'secret/**' }, edit('src/a.ts'), false],
    [{ host: 'evil.test' }, page('https://EVIL.test./x'), true],
    [
      { host: 'evil.test' },
      { kind: 'auxiliary', service: 'vision', what: '', targets: [], url: 'http://evil.test' },
      true,
    ],
    [{ host: 'evil.test' }, page('https://good.test/'), false],
    [{ tool: 'mcp__*' }, run('x'), false],
  ]
  it.each(cases)('%j of %j: %s', (rule, action, is) => expect(touches(rule, subject(action))).toBe(is))

  it('counts both names of a file', () => {
    const linked = named('innocent', { path: '/w/secret/a', display: 'secret/a', asked: '/w/innocent' })
    const link = named('secret/link', { path: '/w/src/a', display: 'src/a', asked: '/w/secret/link' })
    for (const target of [linked, link]) {
      expect(touches({ path: '/w/secret/**' }, { ...subject(edit()), targets: [target] })).toBe(true)
    }
  })
})

describe('a file of rules', () => {
  it('that is not there says nothing', () => {
    expect(rulesOf(undefined, 'user', 'f')).toEqual({ allow: [], ask: [], deny: [] })
  })

  it.each([[{ allow: [{}] }], [{ deny: [{ paht: 'x' }] }], [{ dney: [] }], [[]], ['x'], [{ ask: [{ tool: '' }] }]])(
    'that means nothing is broken: %j',
    (value) => expect(rulesOf(value, 'user', 'permissions.jsonc').broken).toMatch(/^permissions\.jsonc has rules /),
  )

  it('is the user’s word where it allows, and the workspace’s only where it forbids', () => {
    const all = { allow: [{ tool: 'a' }], ask: [{ tool: 'b' }], deny: [{ tool: 'c' }] }
    expect(rulesOf(all, 'user', 'f').allow).toEqual([{ tool: 'a' }])
    expect(rulesOf(all, 'workspace', 'f')).toEqual({
      allow: [],
      ask: [{ tool: 'b', owner: 'workspace' }],
      deny: [{ tool: 'c', owner: 'workspace' }],
    })
    expect(ruleText({ tool: 'terminal', command: 'ls' })).toBe('terminal ls')
  })

  it('is joined with others: what one forbids is forbidden, and what is wrong in each is said', () => {
    const one = rulesOf({ deny: [{ tool: 'a' }] }, 'user', 'one')
    expect(joined([one, rulesOf(undefined, 'workspace', 'two')])).toEqual(one)
    expect(joined([rulesOf(1, 'user', 'one'), rulesOf(2, 'user', 'two')]).broken).toMatch(/^one has .* two has /)
  })
})

describe('the rules of a workspace', () => {
  const read = async (text: string | undefined) => {
    await using at = await place()
    if (text !== undefined) await at.file('project/.stretto/permissions.jsonc', text)
    return await workspaceRules(at.workspace.folders())
  }

  it('are read from each of its folders, with comments, and grant nothing', async () => {
    const rules = await read('{ /* ours */ "deny": [{ "tool": "terminal" }], "allow": [{ "tool": "*" }], }')
    expect(rules).toEqual({ allow: [], ask: [], deny: [{ tool: 'terminal', owner: 'workspace' }] })
    expect(await read(undefined)).toEqual({ allow: [], ask: [], deny: [] })
  })

  it.each(['', '{', '{ "deny": }', '[]', `{ "deny": [], "x": "${'x'.repeat(300_000)}" }`])(
    'that cannot be read make everything ask (%#)',
    async (text) => expect((await read(text)).broken).toMatch(/^project\/\.stretto\/permissions\.jsonc /),
  )

  it('are not waited for where they are no file', async () => {
    await using at = await place()
    await at.folder('project/.stretto/permissions.jsonc')
    expect((await workspaceRules(at.workspace.folders())).broken).toBeDefined()
    await using other = await place()
    await other.folder('project/.stretto')
    await symlink('/dev/zero', join(other.root, 'project/.stretto/permissions.jsonc'))
    expect((await workspaceRules(other.workspace.folders())).broken).toBeDefined()
    await using third = await place()
    await third.file('project/.stretto', 'a file')
    expect((await workspaceRules(third.workspace.folders())).broken).toBeUndefined()
  })
})
