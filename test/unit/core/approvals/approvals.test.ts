import * as fc from 'fast-check'
import { expect, it } from 'vitest'
import { Approvals, type CheckedCall, type Verdict } from '../../../../src/core/approvals/approvals.ts'
import { CancellationSource, CancelledError, neverCancelled } from '../../../../src/core/scheduling/cancellation.ts'
import type { Action } from '../../../../src/core/tools/tool.ts'
import type { ApprovalAnswer, ApprovalRequest } from '../../../../src/protocol/events.ts'
import { named, place } from './place.ts'

const command: Action = { kind: 'command', command: 'npm test', cwd: '/w' }
const guarded: Action = { kind: 'edit', targets: [named('.vscode/tasks.json')] }

it.each(['once', 'session'] as const)('allows on %s exactly what was shown', async (answer) => {
  const approvals = new Approvals({ headless: false })
  const call = ask(approvals)
  const request = await call.asked
  expect(request).toMatchObject({ action: 'npm test', where: '/w', canRemember: true })
  expect(approvals.pending()).toEqual([{ callId: 'c1', request }])
  expect(approvals.answer('c1', request.fingerprint, answer)).toBe(true)
  expect(await call.verdict).toEqual({ kind: 'allowed', fingerprint: request.fingerprint, reach: 'user' })
  expect(call.answers).toEqual([answer])
  expect(approvals.pending()).toEqual([])
})

it('denies in words when the user says no, and asks the next time again', async () => {
  const approvals = new Approvals({ headless: false })
  const call = ask(approvals)
  approvals.answer('c1', (await call.asked).fingerprint, 'deny')
  expect(await call.verdict).toMatchObject({ kind: 'denied', by: 'user' })
  const again = ask(approvals)
  approvals.answer('c1', (await again.asked).fingerprint, 'deny')
  await again.verdict
})

it('remembers for the session that command in that folder, and no other', async () => {
  const approvals = new Approvals({ headless: false })
  const first = ask(approvals)
  approvals.answer('c1', (await first.asked).fingerprint, 'session')
  await first.verdict
  expect(await ask(approvals, { callId: 'c2' }).verdict).toMatchObject({ kind: 'allowed' })
  for (const action of [
    { ...command, command: 'npm test ' },
    { ...command, cwd: '/w/x' },
  ]) {
    const other = ask(approvals, { callId: 'c3', action })
    approvals.answer('c3', (await other.asked).fingerprint, 'deny')
    await other.verdict
  }
  const elsewhere = ask(new Approvals({ headless: false }))
  expect((await elsewhere.asked).action).toBe('npm test')
})

it('remembers nothing of a protected path or a secret', async () => {
  for (const action of [guarded, { kind: 'read', targets: [named('.env')] } as const] as Action[]) {
    const approvals = new Approvals({ headless: false })
    const call = ask(approvals, { action, mode: 'all' })
    const request = await call.asked
    expect(request.canRemember).toBe(false)
    expect(approvals.answer('c1', request.fingerprint, 'session')).toBe(false)
    approvals.answer('c1', request.fingerprint, 'once')
    await call.verdict
    const again = ask(approvals, { callId: 'c2', action, mode: 'all' })
    approvals.answer('c2', (await again.asked).fingerprint, 'deny')
    await again.verdict
  }
})

it('passes a call that is planned again to the same, and asks again when it changed', async () => {
  const approvals = new Approvals({ headless: false })
  const first = ask(approvals)
  const before = await first.asked
  approvals.answer('c1', before.fingerprint, 'once')
  await first.verdict
  expect(await ask(approvals).verdict).toMatchObject({ kind: 'allowed', fingerprint: before.fingerprint })
  const changed = ask(approvals, { action: { ...command, cwd: '/elsewhere' } })
  const request = await changed.asked
  expect(request.fingerprint).not.toBe(before.fingerprint)
  expect(approvals.answer('c1', before.fingerprint, 'once')).toBe(false)
  expect(approvals.answer('c1', request.fingerprint, 'deny')).toBe(true)
  expect(await changed.verdict).toMatchObject({ kind: 'denied' })
  const sibling = ask(approvals, { callId: 'c2' })
  approvals.answer('c2', (await sibling.asked).fingerprint, 'deny')
  await sibling.verdict
})

it('asks each of two siblings that want the same', async () => {
  const approvals = new Approvals({ headless: false })
  const [one, two] = [ask(approvals, { callId: 'c1' }), ask(approvals, { callId: 'c2' })]
  const [request] = await Promise.all([one.asked, two.asked])
  approvals.answer('c1', request.fingerprint, 'once')
  await one.verdict
  expect(approvals.pending().map(({ callId }) => callId)).toEqual(['c2'])
  expect(approvals.answer('c1', request.fingerprint, 'once')).toBe(false)
  approvals.answer('c2', request.fingerprint, 'deny')
  expect(await two.verdict).toMatchObject({ kind: 'denied' })
})

it('denies at once where nobody can answer, and lets pass what needs no answer', async () => {
  const approvals = new Approvals({ headless: true })
  expect(await ask(approvals).verdict).toMatchObject({ kind: 'denied', by: 'headless' })
  expect(await ask(approvals, { mode: 'all' }).verdict).toMatchObject({ kind: 'allowed' })
  expect(await ask(approvals, { mode: 'all', action: guarded }).verdict).toMatchObject({ by: 'headless' })
})

it('denies in an untrusted workspace, whatever was allowed before', async () => {
  const approvals = new Approvals({ headless: false })
  const call = ask(approvals)
  approvals.answer('c1', (await call.asked).fingerprint, 'session')
  await call.verdict
  expect(await ask(approvals, { trusted: false }).verdict).toMatchObject({ kind: 'denied', by: 'policy' })
})

it('does not believe an approval that nothing asked for', async () => {
  const approvals = new Approvals({ headless: false })
  expect(approvals.answer('c1', 'forged', 'session')).toBe(false)
  const call = ask(approvals)
  const { fingerprint } = await call.asked
  expect(approvals.answer('c1', 'forged', 'once')).toBe(false)
  expect(approvals.answer('c2', fingerprint, 'once')).toBe(false)
  approvals.answer('c1', fingerprint, 'deny')
  await call.verdict
})

it('asks in every mode about a file of a nested bare repository', async () => {
  await using at = await place()
  for (const name of ['HEAD', 'objects/x', 'refs/x']) await at.file(`project/vendor/${name}`)
  const action: Action = { kind: 'edit', targets: [await at.target('vendor/config')] }
  const approvals = new Approvals({ headless: true })
  expect(await ask(approvals, { mode: 'all', action }).verdict).toMatchObject({ kind: 'denied', by: 'headless' })
})

it('asks again about a remembered file that has become part of a repository', async () => {
  await using at = await place()
  const action: Action = { kind: 'edit', targets: [await at.target('vendor/config')] }
  const approvals = new Approvals({ headless: false })
  const first = ask(approvals, { action })
  approvals.answer('c1', (await first.asked).fingerprint, 'session')
  await first.verdict
  for (const name of ['HEAD', 'objects/x', 'refs/x']) await at.file(`project/vendor/${name}`)
  const second = ask(approvals, { callId: 'c2', action })
  const settled = await Promise.race([second.asked, second.verdict])
  expect(settled).toMatchObject({ canRemember: false })
  approvals.answer('c2', (await second.asked).fingerprint, 'deny')
  await second.verdict
})

it('leaves nothing on the token of a call that was answered', async () => {
  const approvals = new Approvals({ headless: false })
  const source = new CancellationSource()
  const call = ask(approvals, {}, source)
  approvals.answer('c1', (await call.asked).fingerprint, 'once')
  await call.verdict
  expect(source.attached.listeners).toBe(0)
})

it('withdraws the question of a cancelled call, and cancels while its preview is made', async () => {
  const approvals = new Approvals({ headless: false })
  const source = new CancellationSource()
  const call = ask(approvals, {}, source)
  const { fingerprint } = await call.asked
  source.cancel('stop')
  await expect(call.verdict).rejects.toBeInstanceOf(CancelledError)
  expect(approvals.pending()).toEqual([])
  expect(approvals.answer('c1', fingerprint, 'session')).toBe(false)
  const other = new CancellationSource()
  const slow: Action = { ...guarded, preview: () => new Promise(() => undefined) }
  const waiting = ask(approvals, { action: slow }, other)
  other.cancel('stop')
  await expect(waiting.verdict).rejects.toBeInstanceOf(CancelledError)
  expect(source.attached.listeners + other.attached.listeners).toBe(0)
})

it('takes an answer or a cancellation, never both, whichever comes first', async () => {
  const deed = fc.constantFrom<ApprovalAnswer | 'cancel' | 'tick'>('once', 'session', 'deny', 'cancel', 'tick')
  const property = fc.asyncProperty(fc.array(deed, { maxLength: 6 }), async (deeds) => {
    const approvals = new Approvals({ headless: false })
    const source = new CancellationSource()
    const call = ask(approvals, {}, source)
    const outcome = call.verdict.then(
      (verdict) => verdict.kind,
      () => 'cancelled' as const,
    )
    const { fingerprint } = await call.asked
    const taken: ApprovalAnswer[] = []
    for (const each of [...deeds, 'cancel' as const]) {
      if (each === 'cancel') source.cancel('stop')
      else if (each === 'tick') await Promise.resolve()
      else if (approvals.answer('c1', fingerprint, each)) taken.push(each)
    }
    const [answer] = taken
    expect(await outcome).toBe(answer === undefined ? 'cancelled' : answer === 'deny' ? 'denied' : 'allowed')
    expect(call.answers).toEqual(taken)
    expect(taken.length).toBeLessThan(2)
    expect(approvals.pending()).toEqual([])
  })
  await fc.assert(property, { seed: 5, numRuns: 300 })
})

function ask(
  approvals: Approvals,
  call: Partial<CheckedCall> = {},
  source?: CancellationSource,
): { asked: Promise<ApprovalRequest>; answers: ApprovalAnswer[]; verdict: Promise<Verdict> } {
  const asked = Promise.withResolvers<ApprovalRequest>()
  const answers: ApprovalAnswer[] = []
  const whole = { callId: 'c1', tool: 'terminal', input: {}, action: command, mode: 'ask' as const, trusted: true }
  const hooks = { ask: asked.resolve, answered: (answer: ApprovalAnswer) => void answers.push(answer) }
  const verdict = approvals.check({ ...whole, ...call }, hooks, source?.token ?? neverCancelled)
  return { asked: asked.promise, answers, verdict }
}
