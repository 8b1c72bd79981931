import { mkdtemp, realpath, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { SUMMARY_MS } from '../../../../src/core/agent/compaction.ts'
import type { SessionParts } from '../../../../src/core/agent/parts.ts'
import type { Session } from '../../../../src/core/agent/session.ts'
import { Sessions } from '../../../../src/core/agent/sessions.ts'
import { bytesOf } from '../../../../src/core/agent/tokens.ts'
import type { ModelFacts } from '../../../../src/core/models/facts.ts'
import { ModelError, type ModelMessage, type ModelPart, type ModelRequest } from '../../../../src/core/models/model.ts'
import { Journals } from '../../../../src/core/sessions/journal.ts'
import { replay } from '../../../../src/protocol/state.ts'
import { ManualClock } from '../../../support/manualClock.ts'
import { silentLog } from '../../../support/openGate.ts'
import {
  call,
  calls,
  gate,
  type Script,
  type Scripted,
  ScriptedModel,
  stop,
  text,
} from '../../../support/scriptedModels.ts'
import { sessionParts } from '../../../support/sessionParts.ts'

let folder: string
let sessions: Sessions

beforeEach(async () => {
  folder = await realpath(await mkdtemp(join(tmpdir(), 'compaction-')))
})
afterEach(async () => {
  await sessions.dispose()
  await rm(folder, { recursive: true, force: true })
})

const facts: ModelFacts = {
  contextTokens: 20_000,
  maxOutputTokens: 2_000,
  images: false,
  reasoning: false,
  tools: true,
}

function start(scripts: readonly Script[], changed: Partial<SessionParts> & { facts?: ModelFacts } = {}) {
  const model = new ScriptedModel(scripts)
  const lease = { model, label: 'm', facts: changed.facts ?? facts, [Symbol.asyncDispose]: async () => {} }
  const parts = sessionParts(model, folder, {
    models: { acquire: async () => lease },
    ...changed,
  })
  sessions = new Sessions(parts, new Journals(join(folder, 'journals'), silentLog))
  return { session: sessions.create(), model }
}

/** A call with a result of about so many characters. */
const long = (index: number, length: number, mark = 'a'): ModelPart =>
  call(index, 'todo', { items: [{ text: `${mark} `.repeat(length / 2), status: 'active' }] })
/** A command that writes so many characters. */
const output = (length: number): ModelPart =>
  call(0, 'terminal', { command: `head -c ${length} /dev/zero | tr '\\0' a` })
const isSummary = ({ messages }: ModelRequest): boolean =>
  messages.at(-1)?.text.includes('replaced by your summary') === true
const events = (session: Session): string[] => {
  const types: string[] = []
  session.onEvent(({ type }) => types.push(type))
  return types
}
const ask = (session: Session, words: string) => session.send(words, { source: 'panel' })
/** What an endpoint of three bytes a token reports. */
const usage = (request: ModelRequest): ModelPart => ({
  type: 'usage',
  usage: { inputTokens: Math.ceil(bytesOf(request) / 3), outputTokens: 50 },
})
const results = ({ messages }: ModelRequest): string[] =>
  messages.flatMap((message) => (message.role === 'result' ? [message.text] : []))

describe('the model’s context', () => {
  test('is estimated before a request by what the endpoint reported for the ones before', async () => {
    const reported: { estimate: number; said: number }[] = []
    const step = (request: ModelRequest, more: readonly ModelPart[]): readonly ModelPart[] => {
      const part = usage(request)
      if (part.type === 'usage')
        reported.push({ estimate: session.state.context?.tokens ?? 0, said: part.usage.inputTokens })
      return [...more, part]
    }
    const { session } = start([
      (request) => step(request, [long(0, 3_000), calls]),
      (request) => step(request, [long(0, 5_000), calls]),
      (request) => step(request, [text('Done.'), stop]),
    ])
    await ask(session, 'go')
    const [first, ...later] = reported.map(({ estimate, said }) => estimate / said)
    expect(first).toBeLessThan(0.9)
    for (const ratio of later) expect(ratio).toBeCloseTo(1, 2)
    expect(session.state.context).toMatchObject({ limit: 20_000, tokens: (reported.at(-1)?.said ?? 0) + 50 })
  })

  test('of a model of which nothing is known is taken for 128,000 tokens, and said so', async () => {
    const model = new ScriptedModel([[stop]])
    sessions = new Sessions(sessionParts(model, folder), new Journals(join(folder, 'journals'), silentLog))
    const session = sessions.create()
    await ask(session, 'go')
    expect(session.state.context).toMatchObject({ limit: 128_000, assumed: true })
  })

  test('near its limit shortens the oldest results, and keeps those of the last steps whole', async () => {
    const settings = () => ({ approvals: 'all' as const, parallelCalls: 9, commandSeconds: 60, outputBytes: 30_000 })
    const steps = Array.from({ length: 6 }, () => [output(8_000), calls])
    const { session, model } = start([...steps, [text('Done.'), stop]], { settings })
    const types = events(session)
    await ask(session, 'go')
    expect(types).not.toContain('compacted')
    expect(types.filter((type) => type === 'shortened')).toHaveLength(1)
    const last = model.requests.at(-1)
    const short = last && results(last).map((result) => result.length < 1_500)
    expect(short?.slice(0, 2)).toEqual([true, true])
    expect(short?.slice(-2)).toEqual([false, false])
    expect(short?.lastIndexOf(true)).toBe((short?.indexOf(false) ?? 0) - 1)
    expect(last && results(last)[0]).toMatch(/aaa[^]*characters were left out to make room[^]*aaa/)
    expect(session.state.calls[0]?.result?.length).toBeGreaterThan(8_000)
  })

  test('is summarised by the model when shortening is not enough; the task, files and what was said last stay', async () => {
    const { session, model } = start([
      [text('First I look. '.repeat(2_000)), stop],
      [text('Then I think. '.repeat(2_000)), stop],
      [text('Decided: use tabs.'), stop],
      [text('On we go.'), stop],
    ])
    const types = events(session)
    await ask(session, 'first task')
    await ask(session, 'second task')
    await ask(session, 'third task')
    const [, , asked, next] = model.requests
    expect(asked && isSummary(asked)).toBe(true)
    expect(asked?.tools).toEqual(next?.tools)
    expect(types.filter((type) => type.startsWith('compact'))).toEqual(['compacting', 'compacted'])
    expect(next?.messages.slice(0, 2).map(({ role }) => role)).toEqual(['system', 'user'])
    const summary = next?.messages[1]?.text ?? ''
    expect(summary).toContain('Decided: use tabs.')
    expect(summary).toContain('> second task')
    expect(next?.messages.at(-1)).toEqual({ role: 'user', text: 'third task' })
    expect(session.state.messages.filter(({ role }) => role === 'user')).toHaveLength(3)
    expect(next && bytesOf(next)).toBeLessThan((asked && bytesOf(asked) / 2) ?? 0)
  })

  test('of a model too small for the tools is not summarised again and again', async () => {
    const script = Array.from({ length: 6 }, () => [long(0, 200), calls])
    const { session, model } = start([...script, [text('Done.'), stop]], { facts: { ...facts, contextTokens: 4_000 } })
    await ask(session, 'go')
    expect(model.requests.filter(isSummary).length).toBeLessThan(3)
  })

  test('is summarised before the next request when the user asks while a turn runs', async () => {
    const answering = gate()
    const { session, model } = start([
      [text('One. '), answering.opened, long(0, 300), calls],
      [text('Sum.'), stop],
      [text('Two.'), stop],
    ])
    const turn = ask(session, 'a')
    await model.requested(1)
    await session.summarise()
    answering.open()
    expect((await turn).text).toBe('Two.')
    expect(model.requests.map(isSummary)).toEqual([false, true, false])
  })

  test('is summarised when the endpoint says that it overflows; the request is made again, once', async () => {
    const overflow = new ModelError('context_overflow', 'too long')
    const { session, model } = start([
      [text('One.'), stop],
      [overflow],
      [text('Summary of one.'), stop],
      [text('Two.'), stop],
      [overflow],
      [text('Again.'), stop],
      [overflow],
    ])
    await ask(session, 'a')
    expect(await ask(session, 'b')).toMatchObject({ status: 'completed', text: 'Two.' })
    expect(model.requests.map(isSummary)).toEqual([false, false, true, false])
    expect(model.requests[3]?.messages[1]?.text).toContain('Summary of one.')
    expect(await ask(session, 'c')).toMatchObject({ status: 'failed', error: { code: 'context_overflow' } })
    expect(model.requests).toHaveLength(7)
  })

  test('loses no turn when the summary fails: what is known without the model stands for the rest', async () => {
    const { session, model } = start([
      [text('word '.repeat(6_000)), stop],
      [text('word '.repeat(6_000)), stop],
      [new ModelError('server_error', 'no')],
      [text('Still here.'), stop],
    ])
    await ask(session, 'the task')
    await ask(session, 'more')
    expect(await ask(session, 'and more')).toMatchObject({ status: 'completed', text: 'Still here.' })
    expect(model.requests[3]?.messages[1]?.text).toContain('> the task')
  })

  test('a summary that hangs is given up after its time', async () => {
    const clock = new ManualClock()
    const never = gate()
    const { session, model } = start(
      [[text('word '.repeat(12_000)), stop], [never.opened], [text('Still here.'), stop]],
      { clock },
    )
    await ask(session, 'the task')
    const turn = ask(session, 'more')
    await model.requested(2)
    clock.advance(SUMMARY_MS)
    expect(await turn).toMatchObject({ status: 'completed', text: 'Still here.' })
    expect(model.open).toBe(0)
  })

  test('Stop ends a summary and the turn, and changes nothing', async () => {
    const never = gate()
    const { session, model } = start([[text('word '.repeat(12_000)), stop], [never.opened]])
    await ask(session, 'the task')
    const turn = ask(session, 'more')
    await model.requested(2)
    await session.stop()
    expect((await turn).status).toBe('stopped')
    expect(session.state).toMatchObject({ status: 'idle', compacting: undefined })
    expect(session.state.compactions).toBeUndefined()
    expect(model.open).toBe(0)
  })

  test('an idle session is summarised when the user asks; a message meanwhile starts the next turn after it', async () => {
    const writing = gate()
    const { session, model } = start([
      [text('One.'), stop],
      [
        text('Sum'),
        writing.opened,
        text('mary.'),
        { type: 'usage', usage: { inputTokens: 900, outputTokens: 5 } },
        stop,
      ],
      [text('Two.'), stop],
    ])
    await ask(session, 'a')
    const done = session.summarise()
    await model.requested(2)
    expect(session.state.status).toBe('running')
    const turn = ask(session, 'b')
    writing.open()
    await done
    expect((await turn).text).toBe('Two.')
    expect(session.state.compactions?.[0]).toMatchObject({ messages: 2, summary: expect.stringContaining('Summary.') })
    expect(model.requests[2]?.messages.slice(2)).toEqual([{ role: 'user', text: 'b' }])
    expect(session.state.usage).toMatchObject({ inputTokens: 900 })
  })

  test('Stop ends a summary that the user asked for; one that fails says why', async () => {
    const never = gate()
    const { session, model } = start([[text('One.'), stop], [never.opened], [new ModelError('server_error', 'Busy.')]])
    await ask(session, 'a')
    const done = session.summarise()
    await model.requested(2)
    await session.stop()
    await done
    expect(session.state).toMatchObject({ status: 'idle', compactionError: undefined })
    await session.summarise()
    expect(session.state).toMatchObject({ status: 'idle', compactionError: 'Busy.' })
    expect(session.state.compactions).toBeUndefined()
  })

  test('goes back to the whole conversation when the user goes back beyond the summary', async () => {
    const { session, model } = start([[text('One.'), stop], [text('Two.'), stop], [text('Sum.'), stop], [stop]])
    await ask(session, 'a')
    await ask(session, 'b')
    await session.summarise()
    session.record('t2', { type: 'restored', scope: 'conversation' })
    await ask(session, 'c')
    expect(model.requests[3]?.messages.slice(1).map(({ text: words }) => words)).toEqual(['a', 'One.', 'c'])
  })

  test('a summary cut off by a crash leaves a session that is idle', () => {
    const at = { at: 1, turnId: 't1' }
    const state = replay('x', [
      { ...at, type: 'turnStarted', messageId: 'm1', text: 'a', source: 'panel', model: 'm' },
      { ...at, type: 'turnEnded', status: 'completed' },
      { ...at, type: 'compacting' },
    ])
    expect(state.status).toBe('running')
  })
})

/** Which of the requests may begin otherwise than the one before. */
interface Sent {
  messages: ModelMessage[]
  tools: string
  summary: boolean
  /** How often room had been made, and the user had gone back in the conversation, when it was sent. */
  breaks: number
}

describe('the prefix of the conversation', () => {
  test('is never changed but by a summary, by shortening or by going back: steers, verdicts and restored files stand where they happened', async () => {
    const sent: Sent[] = []
    let breaks = 0
    let number = 0
    const never = gate()
    const interrupt = (): void => {
      review('t1', 'rejected', `h${number}`)
      session.steer('Otherwise, please.', { source: 'panel' })
    }
    const answer = (request: ModelRequest): readonly Scripted[] => {
      const summary = isSummary(request)
      sent.push({ messages: request.messages, tools: JSON.stringify(request.tools), summary, breaks })
      if (summary) return [text(`Summary ${sent.length}.`), usage(request), stop]
      const step = number++
      const last = [text(`Answer ${step}. ${'word '.repeat(300)}`), usage(request), stop]
      if (step === 7 || step === 18) {
        queueMicrotask(interrupt)
        return [text('Wait. '), never.opened]
      }
      return step % 3 === 2 ? last : [long(0, 800 + 400 * (step % 5)), long(1, 200), usage(request), calls]
    }
    const { session, model } = start(
      Array.from({ length: 200 }, () => answer),
      { facts: { ...facts, contextTokens: 16_000 } },
    )
    session.onEvent(({ type, ...event }) => {
      const isBack = (type === 'restored' || type === 'restoreUndone') && !('files' in event)
      if (type === 'compacted' || type === 'shortened' || isBack) breaks++
    })
    const review = (turnId: string, verdict: 'rejected' | 'open', hunk: string): void =>
      session.record(turnId, { type: 'hunksReviewed', path: `${turnId}.ts`, hunks: [hunk], verdict, of: 2 })
    const files = { id: 'k', restored: ['r.ts'], merged: [], left: [], gaps: [] }
    for (let turn = 1; turn <= 24; turn++) {
      await ask(session, `message ${turn}`)
      if (turn === 3) review('t1', 'rejected', 'h1')
      if (turn === 5) review('t1', 'open', 'h1')
      if (turn === 6) session.record('t2', { type: 'restored', scope: 'files', files })
      if (turn === 8) session.record('t8', { type: 'restored', scope: 'conversation' })
      if (turn === 9) review('t2', 'rejected', 'h1')
      if (turn === 12) review('t3', 'rejected', 'h2')
    }
    expect(sent.length).toBeGreaterThan(50)
    expect(sent.some(({ summary }) => summary)).toBe(true)
    expect(breaks).toBeGreaterThan(3)
    const notes = sent.flatMap(({ messages }) =>
      messages.filter(({ text: words }) => words.startsWith('(Not from the user: The user')),
    )
    expect(new Set(notes.map(({ text: words }) => words)).size).toBeGreaterThan(3)
    for (const [index, next] of sent.entries()) {
      const before = sent[index - 1]
      if (before === undefined) continue
      expect(next.tools).toBe(before.tools)
      if (next.breaks !== before.breaks || before.summary) continue
      expect(next.messages.slice(0, before.messages.length), `request ${index}`).toEqual(before.messages)
    }
    expect(model.open).toBe(0)
  })
})
