import { describe, expect, it } from 'vitest'
import { type Circumstances, decide, type Decision } from '../../../../src/core/approvals/policy.ts'
import { joined, noRules, type Rules, rulesOf } from '../../../../src/core/approvals/rules.ts'
import type { Action } from '../../../../src/core/tools/tool.ts'
import type { ApprovalMode } from '../../../../src/protocol/messages.ts'
import { named } from './place.ts'

const modes: ApprovalMode[] = ['ask', 'edits', 'all']
const inside = named('src/a.ts')
const outside = named('x', { path: '/else/x', asked: '/else/x', display: '/else/x', inside: false })
const secret = named('.env')
const guarded = named('.vscode/settings.json')
const bare = named('vendor/config')
const command: Extract<Action, { kind: 'command' }> = { kind: 'command', command: 'npm test', cwd: '/w' }
const harmless: Action = { ...command, shell: { kind: 'harmless' } }
const auxiliary = (more: Partial<Extract<Action, { kind: 'auxiliary' }>>): Action => ({
  kind: 'auxiliary',
  service: 'vision',
  what: 'what is it?',
  targets: [],
  ...more,
})
const page = (host: string): Action => ({ kind: 'web', url: `https://${host}/a` })

/**
 * The contract's table, cell by cell: what happens in the modes `ask`, `edits` and `all`. `?` is a question that may be
 * remembered, `!` one that is put each time; behind a slash is how far what runs may reach.
 */
type Cells = readonly [ask: string, edits: string, all: string]
interface Row {
  what: string
  action: Action
  cells: Cells
  /** Where there is a sandbox, and it is on; the same unless given. */
  walled?: Cells
}

const always: Cells = ['yes', 'yes', 'yes']
const never: Cells = ['!', '!', '!']
const rows: Row[] = [
  { what: 'read in the workspace', action: { kind: 'read', targets: [inside] }, cells: always },
  { what: 'search with no folder', action: { kind: 'read', targets: [] }, cells: always },
  { what: 'read outside', action: { kind: 'read', targets: [inside, outside] }, cells: ['?', '?', 'yes'] },
  { what: 'read a secret', action: { kind: 'read', targets: [inside, secret] }, cells: never },
  { what: 'read a secret outside', action: { kind: 'read', targets: [outside, secret] }, cells: never },
  { what: 'read a protected path', action: { kind: 'read', targets: [guarded] }, cells: never },
  { what: 'read in a bare repository', action: { kind: 'read', targets: [bare] }, cells: never },
  { what: 'edit in the workspace', action: { kind: 'edit', targets: [inside] }, cells: ['?', 'yes', 'yes'] },
  { what: 'edit files that are not known yet', action: { kind: 'edit', targets: [] }, cells: ['?', 'yes', 'yes'] },
  { what: 'edit outside', action: { kind: 'edit', targets: [inside, outside] }, cells: ['?', '?', 'yes'] },
  { what: 'edit a protected path', action: { kind: 'edit', targets: [inside, guarded] }, cells: never },
  { what: 'edit a secret', action: { kind: 'edit', targets: [inside, secret] }, cells: never },
  { what: 'edit in a bare repository', action: { kind: 'edit', targets: [bare] }, cells: never },
  {
    what: 'a harmless command',
    action: harmless,
    cells: ['yes', 'yes', 'yes'],
    walled: ['yes/offline', 'yes/offline', 'yes/online'],
  },
  {
    what: 'any other command',
    action: { ...command, shell: { kind: 'asks', reason: 'npm runs what the workspace says' } },
    cells: ['?', '?', 'yes'],
    walled: ['?', 'yes/offline', 'yes/online'],
  },
  {
    what: 'a command that nobody analysed',
    action: command,
    cells: ['?', '?', 'yes'],
    walled: ['?', 'yes/offline', 'yes/online'],
  },
  {
    what: 'a command that wants out',
    action: { ...command, outside: true },
    cells: ['?', '?', 'yes'],
    walled: ['?/user', '?/user', '?/user'],
  },
  {
    what: 'a harmless command that wants out',
    action: { ...command, outside: true, shell: { kind: 'harmless' } },
    cells: ['?', '?', 'yes'],
    walled: ['?/user', '?/user', '?/user'],
  },
  ...(['javascript', 'python'] as const).map((language): Row => ({
    what: `a script of ${language}`,
    action: { kind: 'script', language, code: '1', cwd: '/w' },
    cells: ['?', '?', 'yes'],
    walled: ['?/offline', 'yes/offline', 'yes/online'],
  })),
  {
    what: 'text for a process',
    action: { kind: 'input', process: 'db', title: 'psql', text: 'x' },
    cells: ['!', '!', 'yes'],
  },
  { what: 'web_search', action: { kind: 'web', query: 'x' }, cells: always },
  { what: 'web_extract of a new host', action: page('new.test'), cells: ['?', '?', 'yes'] },
  { what: 'web_extract of an allowed host', action: page('known.test'), cells: always },
  { what: 'web_extract of what is no URL', action: { kind: 'web', url: 'x' }, cells: ['?', '?', 'yes'] },
  ...(['vision', 'image', 'speech', 'panel'] as const).map((service): Row => ({
    what: `the service ${service}`,
    action: auxiliary({ service }),
    cells: ['?', 'yes', 'yes'],
  })),
  {
    what: 'vision of a page of a new host',
    action: auxiliary({ url: 'https://new.test/a.png' }),
    cells: ['?', '?', 'yes'],
  },
  { what: 'vision of a secret', action: auxiliary({ targets: [secret] }), cells: never },
  {
    what: 'a picture written outside',
    action: auxiliary({ targets: [outside], writes: true }),
    cells: ['?', '?', 'yes'],
  },
  {
    what: 'a picture written over a protected path',
    action: auxiliary({ targets: [guarded], writes: true }),
    cells: never,
  },
  { what: 'the session’s own', action: { kind: 'session' }, cells: always },
]

const touching = [{ tool: 'the_tool' }]
const kinds: Record<string, Rules> = {
  'no rules': noRules,
  'a rule that allows': rulesOf({ allow: touching }, 'user', 'f'),
  'a rule that asks': rulesOf({ ask: touching, allow: touching }, 'user', 'f'),
  'a rule that denies': rulesOf({ deny: touching, allow: touching, ask: touching }, 'user', 'f'),
  'a workspace that allows': rulesOf({ allow: touching }, 'workspace', 'f'),
  'a workspace that asks': joined([
    rulesOf({ ask: touching }, 'workspace', 'f'),
    rulesOf({ allow: touching }, 'user', 'g'),
  ]),
  'a workspace that denies': rulesOf({ deny: touching }, 'workspace', 'f'),
  'rules that cannot be read': joined([rulesOf({ allow: touching }, 'user', 'f'), rulesOf({ deny: 1 }, 'user', 'f')]),
}

describe.each(Object.entries(kinds))('with %s', (name, rules) => {
  describe.each([false, true])('and a sandbox: %s', (sandbox) => {
    const cases = rows.flatMap((row) =>
      modes.map((mode, at) => ({ ...row, mode, cell: (sandbox ? (row.walled ?? row.cells) : row.cells)[at] ?? '' })),
    )
    it.each(cases)('$what, in mode $mode', ({ action, mode, cell }) => {
      const decision = judged(action, { mode, sandbox, rules, trusted: true })
      expect(words(decision)).toBe(ruled(cell, name, action, sandbox))
      if (decision.kind === 'ask') expect(decision.reason).toMatch(/^Asks because .+\.$/)
    })
  })
})

it.each(rows)('$what is denied before trust, whatever else is allowed', ({ action }) => {
  for (const mode of modes) {
    const decision = judged(action, {
      mode,
      trusted: false,
      sandbox: true,
      rules: kinds['a rule that allows'] ?? noRules,
    })
    expect(decision.kind).toBe(action.kind === 'session' ? 'allow' : 'deny')
  }
})

it.each(rows.filter(({ action }) => action.kind === 'edit'))(
  '$what is shown first where the user wants that',
  (row) => {
    for (const mode of modes) {
      for (const [name, rules] of Object.entries(kinds)) {
        const decision = judged(row.action, { mode, trusted: true, review: 'before', rules })
        expect(words(decision)).toBe(name.endsWith('denies') ? 'no' : '!')
        if (decision.kind === 'ask') expect(decision.reason).toContain('Show diff')
      }
    }
  },
)

it('takes no command for harmless where a rule speaks of files: which ones it reads is not known', () => {
  for (const rules of [{ deny: [{ path: 'secret/**' }] }, { ask: [{ path: 'x' }] }]) {
    const circumstances = { mode: 'ask', trusted: true, rules: rulesOf(rules, 'workspace', 'f') } as const
    expect(judged(harmless, circumstances)).toMatchObject({ kind: 'ask' })
  }
  const allowing = rulesOf({ allow: [{ path: 'x' }], deny: [{ command: 'rm' }] }, 'user', 'f')
  expect(judged(harmless, { mode: 'ask', trusted: true, rules: allowing })).toEqual({ kind: 'allow' })
})

it('decides without rules as with none', () => {
  for (const { action } of rows) {
    for (const mode of modes) {
      expect(judged(action, { mode, trusted: true })).toEqual(judged(action, { mode, trusted: true, rules: noRules }))
    }
  }
})

function judged(action: Action, circumstances: Circumstances): Decision {
  const hosts = new Set(['known.test'])
  return decide(action, { tool: 'the_tool', hosts, inRepository: (target) => target === bare, ...circumstances })
}

function words(decision: Decision): string {
  const reach = 'reach' in decision && decision.reach !== undefined ? `/${decision.reach}` : ''
  if (decision.kind === 'ask') return `${decision.canRemember ? '?' : '!'}${reach}`
  return decision.kind === 'allow' ? `yes${reach}` : 'no'
}

/** What a rule that speaks of the call makes of a cell. */
function ruled(cell: string, rules: string, action: Action, sandbox: boolean): string {
  const [answer, reach] = cell.split('/')
  const tail = reach === undefined ? '' : `/${reach}`
  if (action.kind === 'session') return cell
  if (rules.endsWith('denies')) return 'no'
  if (answer === '!') return cell
  if (rules.endsWith('asks') || rules.endsWith('be read')) return `!${tail}`
  const runs = action.kind === 'command' || action.kind === 'script'
  const leaves = action.kind === 'command' && action.outside === true && sandbox
  if (rules !== 'a rule that allows' || answer === 'yes' || leaves) return cell
  return runs && sandbox ? 'yes/online' : 'yes'
}
