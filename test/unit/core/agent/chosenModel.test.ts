import { mkdtemp, realpath, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import type { Session } from '../../../../src/core/agent/session.ts'
import { Sessions } from '../../../../src/core/agent/sessions.ts'
import type { ModelFacts } from '../../../../src/core/models/facts.ts'
import { Journals } from '../../../../src/core/sessions/journal.ts'
import { silentLog } from '../../../support/openGate.ts'
import { call, calls, ScriptedModel, stop, text } from '../../../support/scriptedModels.ts'
import { sessionParts } from '../../../support/sessionParts.ts'

const facts: ModelFacts = {
  contextTokens: 1_000_000,
  inputUsd: 10,
  outputUsd: 100,
  cachedInputUsd: 1,
  images: false,
  reasoning: false,
  tools: true,
}

let folder: string
let sessions: Sessions
let asked: (string | undefined)[]
let known: ModelFacts | undefined

beforeEach(async () => {
  folder = await realpath(await mkdtemp(join(tmpdir(), 'chosen-')))
  asked = []
  known = undefined
})
afterEach(async () => {
  await sessions.dispose()
  await rm(folder, { recursive: true, force: true })
})

/** A window whose models answer anything. */
function window(): void {
  const usage = { inputTokens: 10_000, outputTokens: 100, cachedInputTokens: 8000 }
  const model = new ScriptedModel([
    [call(0, 'todo', { items: [{ text: 'a', status: 'pending' }] }), { type: 'usage', usage }, calls],
    ...Array.from({ length: 5 }, () => [text('Yes.'), { type: 'usage' as const, usage }, stop]),
  ])
  const acquire = async (override: string | undefined) => {
    asked.push(override)
    return { model, label: 'm', facts: known, [Symbol.asyncDispose]: async () => {} }
  }
  const parts = sessionParts(model, folder, { models: { acquire } })
  sessions = new Sessions(parts, new Journals(join(folder, 'journals'), silentLog))
}

function choose(session: Session, model: string): void {
  session.record(session.state.turns.at(-1)?.id ?? '', { type: 'modelChosen', model, label: `The ${model}` })
}

describe('the model of a session', () => {
  test('is the chosen one from the next turn on, unless the turn names another, until that is taken back', async () => {
    window()
    const session = sessions.create()
    const send = (model?: string) => session.send('go', { source: 'panel', model })
    await send()
    choose(session, 'mine')
    await send()
    await send('another')
    choose(session, '')
    await send()
    expect(asked).toEqual([undefined, 'mine', 'another', undefined])
    expect(session.state.turns.map(({ model }) => model)).toEqual(['', 'mine', 'another', ''])
  })

  test('is that session’s alone, and the same after a reload, also when nothing was said in it yet', async () => {
    window()
    const session = sessions.create()
    choose(session, 'mine')
    await sessions.create().send('go', { source: 'panel' })
    expect(asked).toEqual([undefined])
    await sessions.dispose()
    window()
    const again = await sessions.open(session.id)
    expect(again?.state.chosenModel).toEqual({ model: 'mine', label: 'The mine' })
    await again?.send('go', { source: 'panel' })
    expect(asked).toEqual([undefined, 'mine'])
  })

  test('says what a turn costs, cached input at its own price, where the prices are known', async () => {
    known = facts
    window()
    const session = sessions.create()
    const { usage } = await session.send('go', { source: 'panel' })
    const step = (2000 * 10 + 8000 * 1 + 100 * 100) / 1e6
    expect(usage.costUsd).toBeCloseTo(2 * step)
    expect(usage).toMatchObject({ inputTokens: 20_000, outputTokens: 200, cachedInputTokens: 16_000 })
    expect(session.state.usage.costUsd).toBeCloseTo(2 * step)
    known = undefined
    expect((await session.send('go', { source: 'panel' })).usage.costUsd).toBeUndefined()
  })
})
