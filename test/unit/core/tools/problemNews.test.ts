import { expect, test } from 'vitest'
import type { Diagnostics, FileTarget, Problem } from '../../../../src/core/ports.ts'
import { CancellationSource, neverCancelled } from '../../../../src/core/scheduling/cancellation.ts'
import { ProblemNews } from '../../../../src/core/tools/problemNews.ts'
import { ManualClock } from '../../../support/manualClock.ts'
import { settled } from '../../../support/settled.ts'

const target = (name: string): FileTarget => ({ path: `/w/${name}`, asked: `/w/${name}`, display: name, inside: true })
const problem = (message: string, line = 1, severity: Problem['severity'] = 'error'): Problem => ({
  path: 'a.ts',
  line,
  column: 1,
  severity,
  message,
})

function world() {
  const clock = new ManualClock()
  const state = { problems: [] as Problem[], speaks: true }
  const listeners = new Set<(target: Pick<FileTarget, 'path'>) => void>()
  const diagnostics: Diagnostics = {
    problems: (of) => state.problems.filter(({ path }) => path === of?.display),
    speaksOf: () => state.speaks,
    onChanged: (listener) => {
      listeners.add(listener)
      return { dispose: () => listeners.delete(listener) }
    },
  }
  const say = (problems: Problem[], name = 'a.ts'): void => {
    state.problems = problems
    for (const listener of listeners) listener(target(name))
  }
  return { clock, state, listeners, say, news: new ProblemNews(diagnostics, clock) }
}

/** What comes of it, or undefined while it waits. */
async function ended<T>(promise: Promise<T>): Promise<{ value: T } | undefined> {
  let end: { value: T } | undefined
  void promise.then((value) => (end = { value }))
  await settled(3)
  return end
}

test('the problems that came with a change are told, not those that only moved', async () => {
  const { news, state, say, clock } = world()
  state.problems = [problem('old', 3)]
  const watch = news.watch([target('a.ts')])
  const told = watch.news(neverCancelled)
  say([problem('old', 4), problem('wrong', 2), problem('poor', 1, 'warning'), problem('hm', 1, 'hint')])
  expect(await ended(told)).toBeUndefined()
  clock.advance(120)
  expect(await told).toBe('New problems since:\na.ts:2:1 error wrong\na.ts:1:1 warning poor')
  expect(clock.pending).toBe(0)
})

test('who listens no more leaves nothing behind, whether it asked or not', () => {
  const { news, listeners } = world()
  const watch = news.watch([target('a.ts')])
  expect(listeners.size).toBe(1)
  watch[Symbol.dispose]()
  expect(listeners.size).toBe(0)
})

test('a second of the same kind is new', async () => {
  const { news, state, say, clock } = world()
  state.problems = [problem('wrong')]
  const told = news.watch([target('a.ts')]).news(neverCancelled)
  say([problem('wrong'), problem('wrong', 2)])
  clock.advance(120)
  expect(await told).toBe('New problems since:\na.ts:2:1 error wrong')
})

test('nothing is waited for where no service has spoken of such files', async () => {
  const { news, state, clock } = world()
  state.speaks = false
  expect(await ended(news.watch([target('a.txt')]).news(neverCancelled))).toEqual({ value: undefined })
  expect(clock.pending).toBe(0)
})

test('a service that says nothing is waited for until its deadline, then for twice what it took before', async () => {
  const { news, say, clock } = world()
  const first = news.watch([target('a.ts')]).news(neverCancelled)
  clock.advance(799)
  expect(await ended(first)).toBeUndefined()
  clock.advance(1)
  expect(await first).toBeUndefined()
  const second = news.watch([target('a.ts')]).news(neverCancelled)
  clock.advance(100)
  say([])
  clock.advance(120)
  await second
  const third = news.watch([target('a.ts')]).news(neverCancelled)
  clock.advance(199)
  expect(await ended(third)).toBeUndefined()
  clock.advance(1)
  expect(await ended(third)).toEqual({ value: undefined })
})

test('what was said while the change was made counts; other files do not', async () => {
  const { news, say, clock } = world()
  const watch = news.watch([target('a.ts')])
  say([problem('wrong')], 'b.ts')
  expect(await ended(watch.news(neverCancelled))).toBeUndefined()
  const other = news.watch([target('a.ts')])
  say([problem('wrong'), problem('worse')])
  const told = other.news(neverCancelled)
  clock.advance(120)
  expect(await told).toContain('worse')
})

test('a cancelled call does not wait, and loses nothing', async () => {
  const { news, clock } = world()
  const source = new CancellationSource()
  const told = news.watch([target('a.ts')]).news(source.token)
  source.cancel('stop')
  expect(await ended(told)).toEqual({ value: undefined })
  expect(clock.pending).toBe(0)
})
