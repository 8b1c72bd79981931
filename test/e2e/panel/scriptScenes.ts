import type { SessionEvent } from '../../../src/protocol/events.ts'
import { type Asked, START, step, turn } from './events.ts'
import type { Scene } from './scenes.ts'

const PYTHON = `# rename the flag in every workflow
from concurrent.futures import ThreadPoolExecutor
from stretto import tools

paths = tools.find_files(glob='.github/workflows/*.yml').splitlines()
def rename(path):
    return tools.edit_file(path=path, edits=[{'old_text': 'cache: npm', 'new_text': 'cache: pnpm'}])
with ThreadPoolExecutor() as pool:
    for result in pool.map(rename, paths):
        print(result)`

/** A script that asks, and one whose call asks while its card is closed. */
export function scriptAsks(environment: Scene['environment']): Scene {
  const approval = {
    fingerprint: 'a1',
    action: PYTHON.replaceAll('\n', '⏎\n'),
    where: '/home/ann/shop',
    reason: 'Asks because a Python script can do anything that you can.',
    canRemember: true,
  }
  const calls: Asked[] = [
    { id: 'c1', name: 'execute_code', summary: 'rename the flag in every workflow', at: [0], approval },
    { id: 'c2', name: 'execute_code', summary: 'bump and publish', at: [0, 40], input: { language: 'python' } },
    {
      id: 'n1',
      name: 'read_file',
      summary: 'package.json',
      at: [300, 320, 380],
      parentId: 'c2',
      end: { fact: '40 lines' },
    },
    {
      id: 'n2',
      name: 'terminal',
      summary: 'npm publish',
      at: [400],
      parentId: 'c2',
      approval: {
        fingerprint: 'a2',
        action: 'npm publish',
        where: '/home/ann/shop',
        reason: 'Asks because commands can do anything that you can.',
        canRemember: true,
      },
    },
  ]
  return {
    now: 3000,
    environment,
    events: [turn('t1', 'Use pnpm’s cache in CI, then publish.'), ...step('t1', 's1', 'Two scripts.', 500, calls)],
  }
}

/** A script that has made so many calls: most have completed, one runs, one failed. */
export function manyCalls(environment: Scene['environment'], count: number): Scene {
  const made = Array.from({ length: count }, (_, i): Asked => {
    const at = i * 10
    const call: Asked = {
      id: `n${i}`,
      name: i % 3 === 0 ? 'search_files' : 'read_file',
      summary: `src/${i}.ts`,
      at: i === count - 1 ? [at, at] : [at, at, at + 50],
      parentId: 'c1',
    }
    return i === 5
      ? { ...call, status: 'failed', end: { reason: 'not_found', result: 'Error (not_found): No.' } }
      : call
  })
  return {
    now: count * 10 + 2000,
    environment,
    kept: { rows: { c1: true } },
    events: [
      turn('t1', 'Read everything.'),
      ...step('t1', 's1', '', 500, [
        {
          id: 'c1',
          name: 'execute_code',
          summary: 'read all',
          at: [0, 0],
          input: { language: 'javascript', code: 'x' },
        },
        ...made,
      ]),
    ],
  }
}

/** The life of one more call of the script. */
export function oneMore(id: string, at: number): SessionEvent[] {
  const of = { at: START + at, turnId: 't1', callId: id }
  return [
    { type: 'callProposed', ...of, stepId: 's1', name: 'read_file', input: {}, summary: `${id}.ts`, parentId: 'c1' },
    { type: 'callQueued', ...of },
    { type: 'callRunning', ...of },
    { type: 'callEnded', ...of, status: 'completed', result: '', fact: '3 lines' },
  ]
}
