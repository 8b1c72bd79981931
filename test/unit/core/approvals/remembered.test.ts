import { describe, expect, it } from 'vitest'
import { Approvals, type CheckedCall, type Verdict } from '../../../../src/core/approvals/approvals.ts'
import { environmentPrint } from '../../../../src/core/approvals/environment.ts'
import { WorkspaceAnswers } from '../../../../src/core/approvals/remembered.ts'
import { neverCancelled } from '../../../../src/core/scheduling/cancellation.ts'
import type { Action } from '../../../../src/core/tools/tool.ts'
import type { ApprovalAnswer, ApprovalRequest } from '../../../../src/protocol/events.ts'
import { named } from './place.ts'

const command: Action = { kind: 'command', command: 'npm test', cwd: '/w' }
const script: Action = { kind: 'script', language: 'python', code: 'print(1)', cwd: '/w' }
const base = { callId: 'c1', tool: 'terminal', input: {}, action: command, mode: 'ask', trusted: true } as const

/** What VS Code keeps for the workspace, as a value that is copied on its way. */
class Kept {
  value: unknown
  constructor(value?: unknown) {
    this.value = value
  }
  read(): unknown {
    return this.value
  }
  write(value: unknown): void {
    this.value = structuredClone(value)
  }
}

/** Asks, and answers so if it comes to a question. */
async function check(
  approvals: Approvals,
  call: Partial<CheckedCall> = {},
  answer: ApprovalAnswer = 'deny',
): Promise<{ verdict: Verdict; request: ApprovalRequest | undefined; taken: boolean }> {
  let request: ApprovalRequest | undefined
  let taken = false
  const whole = { ...base, ...call }
  const ask = (put: ApprovalRequest): void => {
    request = put
    queueMicrotask(() => {
      taken = approvals.answer(whole.callId, put.fingerprint, answer)
      if (!taken) approvals.answer(whole.callId, put.fingerprint, 'deny')
    })
  }
  const verdict = await approvals.check(whole, { ask, answered: () => undefined }, neverCancelled)
  return { verdict, request, taken }
}

const session = (kept: Kept, headless = false) => new Approvals({ headless, workspace: new WorkspaceAnswers(kept) })

describe('an answer for the workspace', () => {
  it('holds in a later session for exactly the same, and is never asked of nobody', async () => {
    const kept = new Kept()
    await check(session(kept), {}, 'workspace')
    const { verdict, request } = await check(session(kept), { callId: 'c9' })
    expect(verdict.kind).toBe('allowed')
    expect(request).toBeUndefined()
    expect((await check(session(kept, true))).verdict.kind).toBe('allowed')
  })

  const differences: [what: string, call: Partial<CheckedCall>][] = [
    ['command', { action: { ...command, command: 'npm test ' } }],
    ['folder', { action: { ...command, cwd: '/w/x' } }],
    ['input', { input: { timeout_s: 9 } }],
    ['tool', { tool: 'other' }],
    ['environment', { environment: environmentPrint({ PATH: '/evil:/bin' }) }],
    ['place outside of the sandbox', { action: { ...command, outside: true } }],
    ['kind', { action: script }],
  ]
  it.each(differences)('does not hold for another %s', async (_what, call) => {
    const kept = new Kept()
    const environment = environmentPrint({ PATH: '/bin' })
    await check(session(kept), { environment }, 'workspace')
    const { verdict, request } = await check(session(kept), { environment, ...call })
    expect(verdict.kind).toBe('denied')
    expect(request).toBeDefined()
  })

  it('of a script behind walls does not hold where there are none', async () => {
    const kept = new Kept()
    const { verdict } = await check(session(kept), { action: script, sandbox: true }, 'workspace')
    expect(verdict).toMatchObject({ reach: 'offline' })
    expect((await check(session(kept), { action: script, sandbox: true })).request).toBeUndefined()
    expect((await check(session(kept), { action: script, sandbox: false })).request).toBeDefined()
  })

  it('does not outlive what lowers it: trust, a rule, a protected path', async () => {
    const kept = new Kept()
    await check(session(kept), {}, 'workspace')
    expect((await check(session(kept), { trusted: false })).verdict.kind).toBe('denied')
    const rule = { tool: 'terminal', owner: 'workspace' as const }
    const asking = { allow: [], ask: [rule], deny: [] }
    expect((await check(session(kept), { rules: asking })).request).toMatchObject({ canRemember: false })
    const denying = { allow: [], ask: [], deny: [rule] }
    expect((await check(session(kept), { rules: denying })).verdict).toMatchObject({ kind: 'denied', by: 'policy' })
  })

  it.each([named('.vscode/tasks.json'), named('.env')])(
    'is not taken for what asks each time ($display)',
    async (at) => {
      const kept = new Kept()
      const action: Action = { kind: 'read', targets: [at] }
      for (const answer of ['session', 'workspace'] as const) {
        const approvals = session(kept)
        expect((await check(approvals, { action }, answer)).taken).toBe(false)
        expect(approvals.remembered()).toEqual([])
      }
      expect(kept.value).toBeUndefined()
    },
  )

  it('is of the session where the workspace keeps nothing', async () => {
    const approvals = new Approvals({ headless: false })
    await check(approvals, {}, 'workspace')
    expect(approvals.remembered()).toMatchObject([{ scope: 'session' }])
    expect((await check(approvals, { callId: 'c2' })).request).toBeUndefined()
  })
})

describe('what is remembered', () => {
  it('is listed as it was shown, and asked about again once it is taken back', async () => {
    const kept = new Kept()
    const approvals = session(kept)
    await check(approvals, { action: { ...command, command: 'rm \u202ex' } }, 'session')
    await check(approvals, { callId: 'c2' }, 'workspace')
    const [first, second] = approvals.remembered()
    expect(first).toMatchObject({ tool: 'terminal', action: 'rm ⟦U+202E⟧x', where: '/w', scope: 'session' })
    expect(second).toMatchObject({ action: 'npm test', scope: 'workspace' })
    for (const { fingerprint } of approvals.remembered()) approvals.revoke(fingerprint)
    approvals.revoke('unknown')
    expect(approvals.remembered()).toEqual([])
    expect(kept.value).toEqual([])
    expect((await check(approvals, { callId: 'c3' })).request).toBeDefined()
    expect((await check(session(kept), {})).request).toBeDefined()
  })

  it('of a page is its host, in this session or the workspace, until it is taken back', async () => {
    const kept = new Kept()
    const page = (url: string): Partial<CheckedCall> => ({ action: { kind: 'web', url }, input: { url } })
    const approvals = session(kept)
    await check(approvals, page('https://docs.test/a'), 'workspace')
    expect((await check(approvals, { callId: 'c2', ...page('https://docs.test/b') })).request).toBeUndefined()
    expect((await check(session(kept), page('https://docs.test/c'))).request).toBeUndefined()
    expect((await check(approvals, { callId: 'c3', ...page('https://evil.test/b') })).request).toBeDefined()
    expect(approvals.permits('https://docs.test/x', { mode: 'ask', trusted: true })).toBe(true)
    expect(approvals.permits('https://evil.test/x', { mode: 'ask', trusted: true })).toBe(false)
    const rules = { allow: [], ask: [], deny: [{ host: 'docs.test', owner: 'user' as const }] }
    expect(approvals.permits('https://docs.test/x', { mode: 'all', trusted: true, rules })).toBe(false)
    for (const { fingerprint, host } of approvals.remembered()) {
      expect(host).toBe('docs.test')
      approvals.revoke(fingerprint)
    }
    expect(approvals.permits('https://docs.test/x', { mode: 'ask', trusted: true })).toBe(false)
  })

  it.each([['x'], [[{ fingerprint: 1 }]], [{ 0: {} }], [[{ fingerprint: 'f', tool: 't', action: 'a', more: true }]]])(
    'is nothing where what is kept is not ours: %j',
    async (value) => {
      const approvals = session(new Kept(value))
      expect(approvals.remembered()).toEqual([])
      expect((await check(approvals)).request).toBeDefined()
    },
  )

  it('is bounded: the oldest goes', async () => {
    const kept = new Kept()
    const answers = new WorkspaceAnswers(kept)
    for (let n = 0; n <= 500; n++) answers.add({ fingerprint: `f${n}`, tool: 't', action: 'a', scope: 'workspace' })
    expect(answers.list()).toHaveLength(500)
    expect(answers.has('f0')).toBe(false)
    expect(new WorkspaceAnswers(kept).has('f500')).toBe(true)
  })
})

describe('the environment of a command', () => {
  const print = environmentPrint({ PATH: '/bin', HOME: '/h', TERM: 'x' })
  it.each([
    ['PATH', '/evil:/bin'],
    ['LD_PRELOAD', '/evil.so'],
    ['LD_LIBRARY_PATH', '/evil'],
    ['DYLD_INSERT_LIBRARIES', '/evil'],
    ['NODE_OPTIONS', '--require /evil.js'],
    ['BASH_ENV', '/evil'],
    ['BASH_FUNC_ls%%', '() { evil; }'],
    ['GIT_SSH_COMMAND', 'evil'],
    ['GIT_CONFIG_COUNT', '1'],
    ['npm_config_script_shell', 'evil'],
    ['PYTHONSTARTUP', '/evil'],
    ['PERL5OPT', '-Mevil'],
    ['HOME', '/evil'],
    ['https_proxy', 'http://evil.test'],
  ])('is another one with another %s', (name, value) => {
    expect(environmentPrint({ PATH: '/bin', HOME: '/h', TERM: 'x', [name]: value })).not.toBe(print)
  })

  it('is the same whatever the order, the terminal and the like are', () => {
    expect(environmentPrint({ TERM: 'y', HOME: '/h', SSH_CONNECTION: '1', PATH: '/bin' })).toBe(print)
  })
})
