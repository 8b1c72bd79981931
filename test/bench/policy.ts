import { join } from 'node:path'
import { decide } from '../../src/core/approvals/policy.ts'
import { open } from '../../src/core/approvals/shell/analyse.ts'
import { root } from '../support/vscode/paths.ts'
import { median, type Row } from './report.ts'

const ROUNDS = 1_000

/** Commands of 1 KB, as different as they come: many short ones, one long text, pipes, quotes. */
const commands: readonly string[] = [
  Array.from({ length: 40 }, (_, at) => `grep -n "foo ${at}" src`).join(' && '),
  `echo "${'words in quotes '.repeat(64)}"`,
  Array.from({ length: 64 }, (_, at) => `cat file-${at}.ts`).join('; '),
  Array.from({ length: 45 }, () => 'sort -k2 -n a | uniq -c').join(' | '),
  `git diff --stat HEAD~1 -- ${Array.from({ length: 50 }, (_, at) => `'src/a file ${at}'`).join(' ')}`,
  `find . ${Array.from({ length: 48 }, (_, at) => `-not -name "*.${at}"`).join(' ')}`,
  `ls ${'$('.repeat(200)}id${')'.repeat(200)}; ${'rm -rf x; '.repeat(60)}`,
]

/** What a command's verdict costs: parsed, judged, and put to the policy. */
export async function policy(): Promise<Row[]> {
  const analyse = await open(join(root, 'dist/shell'))
  const times: number[] = []
  for (let round = 0; round < ROUNDS; round++) {
    for (const command of commands) {
      const start = performance.now()
      const found = analyse(command, { home: '/home/user' })
      const shell =
        'reason' in found ? ({ kind: 'asks', reason: found.reason } as const) : ({ kind: 'harmless' } as const)
      decide({ kind: 'command', command, cwd: '/w', shell }, { mode: 'ask', trusted: true, sandbox: true })
      times.push(performance.now() - start)
    }
  }
  const sorted = times.toSorted((a, b) => a - b)
  const sizes = commands.map(({ length }) => length)
  const late = sorted[Math.floor(sorted.length * 0.99)] ?? Number.NaN
  const detail = `${commands.length} kinds of ${Math.min(...sizes)} to ${Math.max(...sizes)} characters, ${ROUNDS} times each; p99 ${late.toFixed(1)} ms`
  return [
    {
      name: 'a command of 1 KB parsed, judged and decided, median',
      detail,
      value: median(times),
      unit: 'ms',
      target: 1,
    },
  ]
}
