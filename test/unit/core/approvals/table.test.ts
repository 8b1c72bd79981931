import { describe, expect, it } from 'vitest'
import type { Decision } from '../../../../src/core/approvals/policy.ts'
import { noRules, rulesOf } from '../../../../src/core/approvals/rules.ts'
import type { Action } from '../../../../src/core/tools/tool.ts'
import { uncoveredBranches } from './policyBranches.ts'
import { harmless, judged, kinds, modes, rows } from './tableRows.ts'

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

it('covers every branch of the policy', async () => {
  expect(await uncoveredBranches()).toEqual([])
})

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
