import { expect, test } from 'vitest'
import type { CallEvent } from '../../../../src/core/scheduling/call.ts'
import {
  CancellationSource,
  type CancellationToken,
  orCancelled,
} from '../../../../src/core/scheduling/cancellation.ts'
import { Batch } from '../../../../src/core/scheduling/scheduler.ts'
import { Slots } from '../../../../src/core/scheduling/slots.ts'
import { ManualClock } from '../../../support/manualClock.ts'
import { noChildren, openGate, silentLog, someTurn } from '../../../support/openGate.ts'
import { done, scriptedTool } from '../../../support/scriptedTool.ts'
import { settled } from '../../../support/settled.ts'

/** A batch whose workspace is kept when the test says so. */
function setUp() {
  const kept = Promise.withResolvers<void>()
  const asked: unknown[] = []
  const log: string[] = []
  const parts = {
    turn: someTurn,
    ...noChildren(),
    slots: new Slots(() => 128),
    clock: new ManualClock(),
    log: silentLog,
    gate: openGate,
    emit: (_event: CallEvent) => undefined,
    beforeRun: (turn: unknown, token: CancellationToken) => {
      asked.push(turn)
      return orCancelled(kept.promise, token)
    },
  }
  const batch = new Batch(parts, new CancellationSource())
  const submit = (name: string, kind: 'run' | 'edit') => {
    const claims = [kind === 'run' ? ({ kind } as const) : ({ kind, path: `/${name}` } as const)]
    const run = async () => {
      log.push(name)
      return done(name)
    }
    const tool = { ...scriptedTool({ name, claims, run }), onSteer: 'background' as const }
    return batch.submit({ id: name, tool, input: {}, summary: name })
  }
  return { batch, submit, kept, asked, log }
}

test('a command waits until the workspace is kept, and nothing else does', async () => {
  const { submit, kept, asked, log } = setUp()
  const command = submit('command', 'run')
  await settled()
  expect(log).toEqual([])
  expect(asked).toEqual([someTurn])
  kept.resolve()
  await command
  expect(log).toEqual(['command'])
  await submit('edit', 'edit')
  expect(asked).toHaveLength(1)
})

test('a command that is stopped or steered while it waits for that never runs', async () => {
  const { batch, submit, kept, log } = setUp()
  const [stopped, steered] = [submit('stopped', 'run'), submit('steered', 'run')]
  await settled()
  await batch.cancel('stopped', 'stop')
  batch.steer()
  kept.resolve()
  expect((await stopped).status).toBe('cancelled')
  expect((await steered).status).toBe('deferred')
  expect(log).toEqual([])
})
