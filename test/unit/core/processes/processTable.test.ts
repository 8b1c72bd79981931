import { expect, test } from 'vitest'
import { processTable } from '../../../../src/core/processes/processTable.ts'

test('those who ask during a look share the next one, which sees what has begun meanwhile', async () => {
  const first = processTable()
  const others = Array.from({ length: 50 }, () => processTable())
  expect(new Set(others).size).toBe(1)
  expect(others[0]).not.toBe(first)
  expect((await Promise.all(others)).every((rows) => rows.some(({ pid }) => pid === process.pid))).toBe(true)
  expect(await others[0]).not.toBe(await first)
  const again = processTable()
  expect(again).not.toBe(others[0])
  expect(await again).not.toBe(await others[0])
})
