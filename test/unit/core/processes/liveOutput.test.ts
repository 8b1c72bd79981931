import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { LiveOutput } from '../../../../src/core/processes/liveOutput.ts'

beforeEach(() => {
  vi.useFakeTimers()
})
afterEach(() => {
  vi.useRealTimers()
})

test('what comes within 30 ms goes out as one, and nothing is held back longer', () => {
  const sent: string[] = []
  const live = new LiveOutput((text) => sent.push(text))
  live.add('a')
  live.add('b')
  expect(sent).toEqual([])
  vi.advanceTimersByTime(30)
  expect(sent).toEqual(['ab'])
  live.add('c')
  live.flush()
  expect(sent).toEqual(['ab', 'c'])
  expect(vi.getTimerCount()).toBe(0)
})

test('a flood is thinned out, its end is not lost', () => {
  const sent: string[] = []
  const live = new LiveOutput((text) => sent.push(text))
  for (let at = 0; at < 100_000; at++) {
    live.add(`line ${at}\n`)
    if (at % 100 === 0) vi.advanceTimersByTime(1)
  }
  live.flush()
  const all = sent.join('')
  expect(all.length).toBeLessThan(350_000)
  expect(all).toContain('… output left out …')
  expect(all.endsWith('line 99999\n')).toBe(true)
})
