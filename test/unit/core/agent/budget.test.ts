import { mkdtemp, realpath, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { Budget } from '../../../../src/core/agent/budget.ts'
import type { SessionParts } from '../../../../src/core/agent/parts.ts'
import type { Session } from '../../../../src/core/agent/session.ts'
import { Sessions } from '../../../../src/core/agent/sessions.ts'
import type { ModelFacts } from '../../../../src/core/models/facts.ts'
import type { ModelPart } from '../../../../src/core/models/model.ts'
import { Journals } from '../../../../src/core/sessions/journal.ts'
import { heard } from '../../../support/heard.ts'
import { silentLog } from '../../../support/openGate.ts'
import { call, calls, type Script, ScriptedModel, stop, text } from '../../../support/scriptedModels.ts'
import { sessionParts } from '../../../support/sessionParts.ts'

const taken = (inputTokens: number, outputTokens = 0, costUsd?: number) => ({
  inputTokens,
  outputTokens,
  ...(costUsd !== undefined && { costUsd }),
})

describe('a budget', () => {
  test('counts what was spent before, and what is set aside for requests on their way', () => {
    const budget = new Budget(() => ({ usd: 0, tokens: 1_000 }), taken(300, 100))
    const first = budget.reserve(taken(300))
    expect(budget.reserve(taken(400))).toBeUndefined()
    expect(budget.over(taken(400))).toMatchObject({ kind: 'tokens', limit: 1_000, spent: 700, estimate: 400 })
    first?.charge(taken(100))
    first?.[Symbol.dispose]()
    expect(budget.over(taken(500))).toBeUndefined()
    expect(budget.over(taken(501))).toBeDefined()
  })

  test('gives back what was set aside for a request that failed', () => {
    const budget = new Budget(() => ({ usd: 1, tokens: 0 }), taken(0))
    {
      using held = budget.reserve(taken(10, 10, 0.9))
      expect(held).toBeDefined()
      expect(budget.reserve(taken(1, 1, 0.2))).toBeUndefined()
    }
    expect(budget.reserve(taken(1, 1, 0.2))).toBeDefined()
  })

  test('is raised by the limit as it is set, as often as the request needs', () => {
    const budget = new Budget(() => ({ usd: 2, tokens: 0 }), taken(0, 0, 1.9))
    const over = budget.over(taken(0, 0, 4.5))
    expect(over).toMatchObject({ kind: 'usd', more: 6 })
    expect(over?.kind === 'usd' && budget.raise(over)).toEqual({ usd: 6, tokens: 0 })
    expect(budget.over(taken(0, 0, 6))).toBeUndefined()
    expect(budget.over(taken(0, 0, 6.2))).toBeDefined()
  })

  test('without limits lets everything through', () => {
    expect(new Budget(() => ({ usd: 0, tokens: 0 }), taken(1e9, 1e9, 1e6)).over(taken(1e9))).toBeUndefined()
  })
})

let folder: string
let sessions: Sessions

const facts: ModelFacts = {
  contextTokens: 100_000,
  inputUsd: 100,
  outputUsd: 100,
  images: false,
  reasoning: false,
  tools: true,
}
const used = (inputTokens: number): ModelPart => ({ type: 'usage', usage: { inputTokens, outputTokens: 0 } })
const todo = call(0, 'todo', { items: [{ text: 'a', status: 'pending' }] })

interface Setup extends Partial<SessionParts> {
  usd?: number
  tokens?: number
  facts?: ModelFacts | undefined
}

function start(
  scripts: readonly Script[],
  { usd = 0, tokens = 0, ...changed }: Setup,
): { session: Session; model: ScriptedModel } {
  const model = new ScriptedModel(scripts)
  const known = 'facts' in changed ? changed.facts : facts
  const lease = { model, label: 'm', facts: known, [Symbol.asyncDispose]: async () => {} }
  const settings = () => ({
    approvals: 'all' as const,
    parallelCalls: 9,
    commandSeconds: 9,
    outputBytes: 9_000,
    budget: { usd, tokens },
  })
  const parts = sessionParts(model, folder, { models: { acquire: async () => lease }, settings, ...changed })
  sessions = new Sessions(parts, new Journals(join(folder, 'journals'), silentLog))
  return { session: sessions.create(), model }
}

describe('a session at its limit', () => {
  beforeEach(async () => {
    folder = await realpath(await mkdtemp(join(tmpdir(), 'budget-')))
  })
  afterEach(async () => {
    await sessions.dispose()
    await rm(folder, { recursive: true, force: true })
  })

  test('stops before the request that would go over it, asks, and goes on when the limit is raised', async () => {
    const { session, model } = start(
      [
        [todo, used(12_000), calls],
        [text('Done.'), used(500), stop],
      ],
      { usd: 2 },
    )
    const asked = heard(session, 'budgetReached')
    const turn = session.send('go', { source: 'panel' })
    const { question } = await asked
    expect(question).toMatchObject({ kind: 'usd', limit: 2, spent: 1.2 })
    expect(model.requests).toHaveLength(1)
    expect(session.state.turns[0]).toMatchObject({ status: 'running', budget: question })
    expect(session.budget.answer('raise')).toBe(true)
    expect(await turn).toMatchObject({ status: 'completed', text: 'Done.' })
    expect(session.state.raised).toEqual({ usd: 2, tokens: 0 })
    expect(session.state.turns[0]?.budget).toBeUndefined()
    expect(session.budget.answer('raise')).toBe(false)
  })

  test('ends the turn where the user says so, or presses Stop', async () => {
    const { session, model } = start([[todo, used(9_000), calls]], { tokens: 10_000 })
    const asked = heard(session, 'budgetReached')
    const turn = session.send('go', { source: 'panel' })
    await asked
    session.budget.answer('stop')
    expect((await turn).status).toBe('stopped')
    const again = heard(session, 'budgetReached')
    const second = session.send('go on', { source: 'panel' })
    await again
    await session.stop()
    expect((await second).status).toBe('stopped')
    expect(session.state.turns[1]?.budget).toBeUndefined()
    expect(model.requests).toHaveLength(1)
  })

  test('fails with the reason where nobody can answer', async () => {
    const { session, model } = start([[todo, used(9_000), calls]], { tokens: 10_000, headless: true })
    expect(await session.send('go', { source: 'api' })).toMatchObject({
      status: 'failed',
      error: { code: 'budget', message: expect.stringContaining('stretto.limits.budgetTokens') },
    })
    expect(model.requests).toHaveLength(1)
  })

  test('remembers what was spent and raised when it is read back', async () => {
    const { session, model } = start([[todo, used(9_000), calls], [stop], [stop]], { tokens: 10_000 })
    session.onEvent(({ type }) => type === 'budgetReached' && queueMicrotask(() => session.budget.answer('raise')))
    await session.send('go', { source: 'panel' })
    await sessions.close(session.id)
    const back = await sessions.open(session.id)
    expect(back?.state).toMatchObject({ raised: { usd: 0, tokens: 10_000 }, usage: { inputTokens: 9_000 } })
    expect(await back?.send('more', { source: 'panel' })).toMatchObject({ status: 'completed' })
    expect(model.requests).toHaveLength(3)
  })

  test('asks once about a model whose price is not known', async () => {
    const { session, model } = start([[todo, calls], [stop], [stop]], { usd: 2, facts: undefined })
    const questions: unknown[] = []
    session.onEvent((event) => {
      if (event.type !== 'budgetReached') return
      questions.push(event.question)
      queueMicrotask(() => session.budget.answer('raise'))
    })
    await session.send('go', { source: 'panel' })
    await session.send('more', { source: 'panel' })
    expect(questions).toEqual([{ kind: 'price', limit: 2, model: 'scripted' }])
    expect(model.requests).toHaveLength(3)
  })

  test('shares one budget with the sessions of its tree', async () => {
    const budget = new Budget(() => ({ usd: 0, tokens: 14_000 }), taken(0))
    const { session: parent } = start(
      [
        [used(12_000), stop],
        [used(9_000), stop],
      ],
      { budget },
    )
    const child = sessions.create()
    await parent.send('go', { source: 'panel' })
    const asked = heard(child, 'budgetReached')
    const turn = child.send('part of it', { source: 'api' })
    expect((await asked).question).toMatchObject({ kind: 'tokens', limit: 14_000, spent: 12_000 })
    child.budget.answer('stop')
    expect((await turn).status).toBe('stopped')
  })

  test('counts what a tool’s own requests take for the turn and the session, and refuses them over the limit', async () => {
    const { session } = start([[stop]], { tokens: 20_000 })
    await session.send('go', { source: 'panel' })
    using held = session.budget.reserve(taken(5_000), 't1')
    held?.charge(taken(4_000, 1_000, 0.5))
    expect(session.state.usage).toMatchObject({ inputTokens: 4_000, outputTokens: 1_000, costUsd: 0.5 })
    expect(session.state.turns[0]?.usage).toMatchObject({ inputTokens: 4_000 })
    expect(session.budget.reserve(taken(15_001), 't1')).toBeUndefined()
  })
})
