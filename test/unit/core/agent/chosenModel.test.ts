import { mkdtemp, realpath, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import type { Session } from '../../../../src/core/agent/session.ts'
import { Sessions } from '../../../../src/core/agent/sessions.ts'
import type { ModelFacts } from '../../../../src/core/models/facts.ts'
import type { Override } from '../../../../src/core/models/source.ts'
import { Journals } from '../../../../src/core/sessions/journal.ts'
import { silentLog } from '../../../support/openGate.ts'
import { call, calls, type Script, ScriptedModel, stop, text } from '../../../support/scriptedModels.ts'
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
/** Owners that have ended. */
let ended: string[]
let known: ModelFacts | undefined

beforeEach(async () => {
  folder = await realpath(await mkdtemp(join(tmpdir(), 'chosen-')))
  asked = []
  ended = []
  known = undefined
})
afterEach(async () => {
  await sessions.dispose()
  await rm(folder, { recursive: true, force: true })
})

const usage = { type: 'usage' as const, usage: { inputTokens: 10_000, outputTokens: 100, cachedInputTokens: 8000 } }
/** What that costs. */
const STEP_USD = (2000 * 10 + 8000 * 1 + 100 * 100) / 1e6

const twoSteps: Script[] = [
  [call(0, 'todo', { items: [{ text: 'a', status: 'pending' }] }), usage, calls],
  ...Array.from({ length: 5 }, () => [text('Yes.'), usage, stop]),
]

/** A window whose models answer anything. */
function window(scripts = twoSteps): void {
  const model = new ScriptedModel(scripts)
  const acquire = async (override: string | Override | undefined) => {
    asked.push(typeof override === 'object' ? override.model : override)
    if (typeof override === 'object') override.owner.onEnded(() => ended.push(override.owner.id))
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
    expect(ended).toEqual([])
    expect(asked).toEqual([undefined, 'mine', 'another', undefined])
    expect(session.state.turns.map(({ model }) => model)).toEqual(['', 'mine', 'another', ''])
  })

  test('is that session’s alone, and the same after a reload, also when nothing was said in it yet', async () => {
    window()
    const session = sessions.create()
    choose(session, 'mine')
    await sessions.create().send('go', { source: 'panel' })
    expect(asked).toEqual([undefined])
    await session.send('go', { source: 'panel' })
    await sessions.dispose()
    // Its clients end with it, and nobody else's do.
    expect(ended).toEqual([`session:${session.id}`])
    window()
    const again = await sessions.open(session.id)
    expect(again?.state.chosenModel).toEqual({ model: 'mine', label: 'The mine' })
    await again?.send('go', { source: 'panel' })
    expect(asked).toEqual([undefined, 'mine', 'mine'])
  })

  test('says what a turn costs, cached input at its own price, where the prices are known', async () => {
    known = facts
    window()
    const session = sessions.create()
    const result = await session.send('go', { source: 'panel' })
    expect(result.usage.costUsd).toBeCloseTo(2 * STEP_USD)
    expect(result.usage).toMatchObject({ inputTokens: 20_000, outputTokens: 200, cachedInputTokens: 16_000 })
    expect(session.state.usage.costUsd).toBeCloseTo(2 * STEP_USD)
    known = undefined
    expect((await session.send('go', { source: 'panel' })).usage.costUsd).toBeUndefined()
  })

  test('counts each request of a step by itself: two short ones do not cost what a long one does', async () => {
    known = { ...facts, longInput: { aboveTokens: 15_000, inputUsd: 20, outputUsd: 200 } }
    // An answer that was empty, and the one after it, as the model's client gives them.
    window([[usage, text('Yes.'), usage, stop]])
    const result = await sessions.create().send('go', { source: 'panel' })
    expect(result.usage.inputTokens).toBe(20_000)
    expect(result.usage.costUsd).toBeCloseTo(2 * STEP_USD)
  })
})
