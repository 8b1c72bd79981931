import { expect, test } from 'vitest'
import { Call } from '../../../../src/core/scheduling/call.ts'
import { CancellationSource } from '../../../../src/core/scheduling/cancellation.ts'
import { failedOutcome, neverRan } from '../../../../src/core/scheduling/outcome.ts'
import { done, scriptedTool } from '../../../support/scriptedTool.ts'

test('a call has one result: a second one is not believed', async () => {
  const parent = new CancellationSource()
  const call = new Call({ id: 'c', tool: scriptedTool({ run: async () => done() }), input: {}, summary: '' }, parent)
  const first = neverRan('stop')
  expect(call.end(first)).toBe(true)
  expect(call.end(failedOutcome('late', 'Too late.'))).toBe(false)
  expect([call.outcome, call.status, await call.ended.promise]).toEqual([first, 'cancelled', first])
  expect(call.source.token.reason).toBe('dispose')
  expect(parent.attached).toEqual({ listeners: 0, children: 0 })
})
