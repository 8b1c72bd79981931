import { type Circumstances, decide, type Decision } from '../../../../src/core/approvals/policy.ts'
import { joined, noRules, type Rules, rulesOf } from '../../../../src/core/approvals/rules.ts'
import type { Action } from '../../../../src/core/tools/tool.ts'
import type { ApprovalMode } from '../../../../src/protocol/messages.ts'
import { named } from './place.ts'

export const modes: ApprovalMode[] = ['ask', 'edits', 'all']
const inside = named('src/a.ts')
const outside = named('x', { path: '/else/x', asked: '/else/x', display: '/else/x', inside: false })
const secret = named('.env')
const guarded = named('.vscode/settings.json')
const bare = named('vendor/config')
const command: Extract<Action, { kind: 'command' }> = { kind: 'command', command: 'npm test', cwd: '/w' }
export const harmless: Action = { ...command, shell: { kind: 'harmless' } }
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
export type Cells = readonly [ask: string, edits: string, all: string]
export interface Row {
  what: string
  action: Action
  cells: Cells
  /** Where there is a sandbox, and it is on; the same unless given. */
  walled?: Cells
}

const always: Cells = ['yes', 'yes', 'yes']
const never: Cells = ['!', '!', '!']
export const rows: Row[] = [
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
  { what: 'edit what a shell reads', action: { kind: 'edit', targets: [named('.envrc')] }, cells: never },
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
  ...(['models', 'mcp', 'permissions', 'settings'] as const).map((file): Row => ({
    what: `reading the configuration ${file}`,
    action: { kind: 'config', file, path: [], writes: false },
    cells: always,
  })),
  {
    what: 'what is known of a model',
    action: { kind: 'config', file: 'models', path: ['m', 'contextTokens'], writes: true, value: 1 },
    cells: ['?', '?', 'yes'],
  },
  { what: 'all models at once', action: { kind: 'config', file: 'models', path: [], writes: true }, cells: never },
  {
    what: 'where searches are sent',
    action: { kind: 'config', file: 'models', path: ['search', 'url'], writes: true, value: 'x' },
    cells: never,
  },
  ...(['mcp', 'permissions', 'settings'] as const).map((file): Row => ({
    what: `changing the configuration ${file}`,
    action: { kind: 'config', file, path: ['a', 'b'], writes: true, value: true },
    cells: never,
  })),
  { what: 'the session’s own', action: { kind: 'session' }, cells: always },
]

const touching = [{ tool: 'the_tool' }]
export const kinds: Record<string, Rules> = {
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

export function judged(action: Action, circumstances: Circumstances): Decision {
  const hosts = new Set(['known.test'])
  return decide(action, { tool: 'the_tool', hosts, inRepository: (target) => target === bare, ...circumstances })
}

/** Puts every case of the table to the policy. */
export function everyDecision(): void {
  for (const { action } of rows) {
    for (const mode of modes) {
      for (const rules of [undefined, ...Object.values(kinds)]) {
        for (const sandbox of [true, false]) {
          for (const trusted of [true, false]) {
            for (const review of ['before', 'after'] as const) judged(action, { mode, sandbox, trusted, review, rules })
          }
        }
      }
    }
  }
}
