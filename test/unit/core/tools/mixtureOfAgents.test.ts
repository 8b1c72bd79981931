import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { ModelError } from '../../../../src/core/models/model.ts'
import { CancellationSource } from '../../../../src/core/scheduling/cancellation.ts'
import { mixtureOfAgents } from '../../../../src/core/tools/mixtureOfAgents.ts'
import { AuxiliaryWorld, deaf } from '../../../support/auxiliaryWorld.ts'
import { ManualClock } from '../../../support/manualClock.ts'
import { gate, ScriptedModel, stop, text } from '../../../support/scriptedModels.ts'
import { until, Workbench } from './workbench.ts'

let bench: Workbench
let world: AuxiliaryWorld
beforeEach(async () => {
  bench = await Workbench.open()
  world = new AuxiliaryWorld()
})
afterEach(async () => {
  expect(world.open).toBe(0)
  await bench[Symbol.asyncDispose]()
})

const ask = (token?: CancellationSource['token']) =>
  bench.call(mixtureOfAgents(world.ports(bench.ports.workspace)), { question: 'Why?' }, token)

/** A panel of models, each with one answer. */
function panel(answers: Record<string, ConstructorParameters<typeof ScriptedModel>[0][number]>): void {
  world.panel = Object.keys(answers)
  for (const [id, script] of Object.entries(answers)) world.models.set(id, new ScriptedModel([script], id))
}

describe('a mixture of agents', () => {
  test('asks the whole panel at once and makes one answer of theirs', async () => {
    const opened = gate()
    panel({ a: [opened.opened, text('Because.'), stop], b: [opened.opened, text('Therefore.'), stop] })
    const own = new ScriptedModel([[text('So.'), stop]])
    world.models.set('own', own)
    const result = ask()
    await until(() => world.open === 2)
    opened.open()
    expect(await result).toEqual({ kind: 'completed', text: 'So.', fact: '2 of 2 answers' })
    expect(own.requests[0]?.messages.at(-1)?.text).toBe('Question: Why?\n\n## a\nBecause.\n\n## b\nTherefore.')
    expect(world.charged).toHaveLength(3)
  })

  test('without a panel asks the session’s model in three manners', async () => {
    const own = new ScriptedModel([
      [text('1'), stop],
      [text('2'), stop],
      [text('3'), stop],
      [text('So.'), stop],
    ])
    world.models.set('own', own)
    expect(await ask()).toMatchObject({ text: 'So.', fact: '3 of 3 answers' })
    const manners = own.requests.slice(0, 3).map(({ messages }) => messages[0]?.text)
    expect(new Set(manners).size).toBe(3)
  })

  test('goes on without those that fail, and says who did', async () => {
    panel({ a: [text('Because.'), stop], b: [new ModelError('server_error', 'It is down.')], gone: [stop] })
    world.models.delete('gone')
    world.models.set('own', new ScriptedModel([[text('So.'), stop]]))
    expect(await ask()).toEqual({
      kind: 'completed',
      text: 'So.\n\n(Without an answer of: b, gone)',
      fact: '1 of 3 answers',
    })
  })

  test('fails when nobody has answered, with what each said', async () => {
    panel({ a: [new ModelError('server_error', 'It is down.')] })
    const message = 'None of the panel has answered.\n## a\n(server_error: It is down.)'
    expect(await ask()).toEqual({ kind: 'failed', code: 'no_answers', message })
  })

  test('makes its answer of what has come when some take too long', async () => {
    const clock = new ManualClock()
    world.clock = clock
    panel({ a: [text('Because.'), stop] })
    world.panel.push('slow')
    world.models.set('slow', deaf('I thi', 'slow'))
    const own = new ScriptedModel([[text('So.'), stop]])
    world.models.set('own', own)
    const result = ask()
    await until(() => bench.output.some((line) => line.startsWith('a: whole')))
    clock.advance(120_000)
    expect(await result).toMatchObject({ kind: 'completed', text: 'So.' })
    expect(own.requests[0]?.messages.at(-1)?.text).toContain('## slow\nI thi …')
    expect(clock.pending).toBe(0)
  })

  test.each(['steer', 'timeout', 'stop'] as const)(
    'gives what has arrived on %s, whole and in part',
    async (reason) => {
      panel({ a: [text('Because.'), stop] })
      world.panel.push('slow')
      world.models.set('slow', deaf('I thi', 'slow'))
      const source = new CancellationSource()
      const result = ask(source.token)
      await until(() => bench.output.some((line) => line.startsWith('a: whole')))
      source.cancel(reason)
      expect(await result).toEqual({
        kind: 'cancelled',
        partial: '## a\nBecause.\n\n## slow\nI thi …',
        fact: '2 of 2 answers',
      })
    },
  )

  test('gives the answers as they are when no one answer could be made of them, or that was cancelled', async () => {
    panel({ a: [text('Because.'), stop] })
    world.models.set('own', new ScriptedModel([[new ModelError('quota', 'No credit.')]]))
    expect(await ask()).toMatchObject({
      kind: 'completed',
      text: expect.stringMatching(/No credit\.\n\n## a\nBecause\.$/),
    })
    panel({ a: [text('Because.'), stop] })
    world.models.set('own', deaf('So far'))
    const source = new CancellationSource()
    const result = ask(source.token)
    await until(() => bench.output.includes('So far'))
    source.cancel('steer')
    expect(await result).toMatchObject({
      kind: 'cancelled',
      partial: expect.stringMatching(/So far\n\n## a\nBecause\.$/),
    })
  })

  test('asks nobody when the budget is spent', async () => {
    panel({ a: [] })
    world.broke = true
    expect(await ask()).toMatchObject({ code: 'no_answers', message: expect.stringContaining('budget') })
  })
})
