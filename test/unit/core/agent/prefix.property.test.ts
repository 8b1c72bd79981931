import { mkdtemp, realpath, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { isDeepStrictEqual } from 'node:util'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import type { Session } from '../../../../src/core/agent/session.ts'
import { Sessions } from '../../../../src/core/agent/sessions.ts'
import { ASK_FOR_SUMMARY } from '../../../../src/core/agent/summary.ts'
import { bytesOf } from '../../../../src/core/agent/tokens.ts'
import type { ModelFacts } from '../../../../src/core/models/facts.ts'
import { ModelError, type ModelRequest } from '../../../../src/core/models/model.ts'
import { Journals } from '../../../../src/core/sessions/journal.ts'
import { silentLog } from '../../../support/openGate.ts'
import { call, calls, gate, type Scripted, ScriptedModel, stop, text } from '../../../support/scriptedModels.ts'
import { sessionParts } from '../../../support/sessionParts.ts'

/** What one request's answer is: words, a call with a long result, or a pause in which the user does something. */
type Answer = { kind: 'words' | 'call'; length: number } | { kind: 'steered' | 'overflow' | 'cut' }
/** What the user does between two turns. */
type Deed =
  | { kind: 'nothing' | 'summarise' | 'back' | 'undo' | 'reopen' }
  | { kind: 'reject' | 'open' | 'files'; turn: number }

const answers: fc.Arbitrary<Answer[]> = fc.array(
  fc.oneof(
    { weight: 3, arbitrary: fc.record({ kind: fc.constant('words' as const), length: fc.nat(4_000) }) },
    { weight: 6, arbitrary: fc.record({ kind: fc.constant('call' as const), length: fc.nat(6_000) }) },
    {
      weight: 1,
      arbitrary: fc.record({ kind: fc.constantFrom('steered' as const, 'overflow' as const, 'cut' as const) }),
    },
  ),
  { minLength: 20, maxLength: 60 },
)
const turns = fc.nat(10).map((turn) => turn + 1)
const deeds: fc.Arbitrary<Deed[]> = fc.array(
  fc.oneof(
    fc.record({
      kind: fc.constantFrom(
        'nothing' as const,
        'summarise' as const,
        'back' as const,
        'undo' as const,
        'reopen' as const,
      ),
    }),
    fc.record({ kind: fc.constantFrom('reject' as const, 'open' as const, 'files' as const), turn: turns }),
  ),
  { minLength: 8, maxLength: 16 },
)

const facts: ModelFacts = {
  contextTokens: 16_000,
  maxOutputTokens: 2_000,
  images: false,
  reasoning: false,
  tools: true,
}
const files = { id: 'k', restored: ['r.ts'], merged: [], left: [], gaps: [] }

/** How often something happened that may change what was sent, and each request with that count. `refused`: as too long. */
interface Record {
  breaks: number
  sent: { request: ModelRequest; breaks: number; refused?: boolean }[]
}

function modelOf(script: readonly Answer[], record: Record, interrupt: () => void): ScriptedModel {
  const never = gate()
  let next = 0
  const answer = (request: ModelRequest): readonly Scripted[] => {
    record.sent.push({ request, breaks: record.breaks })
    const usage = { type: 'usage' as const, usage: { inputTokens: Math.ceil(bytesOf(request) / 3), outputTokens: 9 } }
    if (request.messages.at(-1)?.text === ASK_FOR_SUMMARY) return [text(`Summary ${record.sent.length}.`), usage, stop]
    const step = script[next++]
    switch (step?.kind) {
      case undefined:
        return [text('Done.'), usage, stop]
      case 'words':
        return [text('word '.repeat(step.length / 5)), usage, stop]
      case 'call':
        return [call(0, 'todo', { items: [{ text: 'a '.repeat(step.length / 2 + 1), status: 'done' }] }), usage, calls]
      case 'overflow':
        record.sent.splice(-1, 1, { request, breaks: record.breaks, refused: true })
        return [new ModelError('context_overflow', 'too long')]
      case 'cut':
        return [call(0, 'todo', { items: [] }), new ModelError('cut', 'It broke off.')]
      case 'steered':
        queueMicrotask(interrupt)
        return [text('Wait. '), call(0, 'todo', { items: [] }), never.opened]
    }
  }
  return new ScriptedModel(Array.from({ length: 300 }, () => answer))
}

async function play(script: readonly Answer[], users: readonly Deed[], folder: string): Promise<Record> {
  const record: Record = { breaks: 0, sent: [] }
  const interrupt = (): void => {
    session.record('t1', {
      type: 'hunksReviewed',
      path: 'x.ts',
      hunks: [`${record.sent.length}`],
      verdict: 'rejected',
      of: 9,
    })
    session.steer('Otherwise.', { source: 'panel' })
  }
  const model = modelOf(script, record, interrupt)
  const lease = { model, label: 'm', facts, [Symbol.asyncDispose]: async () => {} }
  const sessions = new Sessions(
    sessionParts(model, folder, { models: { acquire: async () => lease } }),
    new Journals(join(folder, 'journals'), silentLog),
  )
  sessions.onEvent(({ event }) => {
    const isBack = (event.type === 'restored' || event.type === 'restoreUndone') && event.files === undefined
    if (event.type === 'compacted' || event.type === 'shortened' || isBack) record.breaks++
  })
  let session = sessions.create()
  for (const [index, deed] of users.entries()) {
    await session.send(`Message ${index}`, { source: 'panel' })
    session = await act(deed, session, sessions)
  }
  await session.send('The last', { source: 'panel' })
  await sessions.dispose()
  return record
}

async function act(deed: Deed, session: Session, sessions: Sessions): Promise<Session> {
  const last = session.state.turns.at(-1)?.id ?? ''
  switch (deed.kind) {
    case 'nothing':
      break
    case 'summarise':
      await session.summarise()
      break
    case 'back':
      session.record(last, { type: 'restored', scope: 'conversation' })
      break
    case 'undo': {
      const restore = session.state.restores?.findLast(({ removed }) => removed !== undefined)
      if (restore !== undefined) session.record(last, { type: 'restoreUndone', id: restore.id })
      break
    }
    case 'reopen':
      await sessions.close(session.id)
      return (await sessions.open(session.id)) ?? session
    case 'files':
      session.record(`t${deed.turn}`, { type: 'restored', scope: 'files', files })
      break
    case 'reject':
    case 'open': {
      const verdict = deed.kind === 'reject' ? 'rejected' : 'open'
      const turnId = `t${deed.turn}`
      session.record(turnId, { type: 'hunksReviewed', path: `${turnId}.ts`, hunks: ['h'], verdict, of: 1 })
    }
  }
  return session
}

test('whatever happens, a request begins with the whole of the one before, unless room was made or the user went back', async () => {
  let compared = 0
  const property = fc.asyncProperty(answers, deeds, async (script, users) => {
    const folder = await realpath(await mkdtemp(join(tmpdir(), 'prefix-')))
    try {
      const { sent } = await play(script, users, folder)
      for (const [index, { request, breaks }] of sent.entries()) {
        const before = sent[index - 1]
        if (before === undefined) continue
        expect(request.tools).toEqual(before.request.tools)
        const isOver = before.refused === true || before.request.messages.at(-1)?.text === ASK_FOR_SUMMARY
        if (isOver || breaks !== before.breaks) continue
        compared++
        const changed = before.request.messages.findIndex(
          (message, at) => !isDeepStrictEqual(message, request.messages[at]),
        )
        expect(changed, `message ${changed} of request ${index}`).toBe(-1)
      }
    } finally {
      await rm(folder, { recursive: true, force: true })
    }
  })
  await fc.assert(property, {
    seed: 6,
    numRuns: process.env['STRETTO_LONG'] === undefined ? 15 : 1_500,
    endOnFailure: true,
  })
  expect(compared).toBeGreaterThan(200)
}, 600_000)
