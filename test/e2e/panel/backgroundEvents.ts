import type { SessionEvent } from '../../../src/protocol/events.ts'
import { START, step, stepEnd, turn, type Asked } from './events.ts'

type Started = Extract<SessionEvent, { type: 'processStarted' }>

export function started(processId: string, title: string, at: number, more: Partial<Started> = {}): SessionEvent {
  const of = { at: START + at, turnId: 't1', processId, startedBy: 'c1', title }
  return { type: 'processStarted', ...of, kind: 'command', input: true, detached: false, ...more }
}

/** A turn that has ended, and what it has put in the background goes on. */
export function backgroundEvents(): SessionEvent[] {
  const asked = (id: string, command: string, name: string, output: string): Asked => ({
    id,
    name: 'terminal',
    summary: command,
    at: [0, 40, 440],
    input: { command, background: true, name },
    output,
    status: 'backgrounded',
    end: { fact: name, result: `This goes on in the background as ${name}. Its output so far:\n${output}` },
  })
  const dev = 'npm run dev -- --host 127.0.0.1 --port 5173'
  const watch = 'npx vitest --watch --reporter=dot'
  const calls = [
    asked('c1', dev, 'dev', '> shop@2.1.0 dev\n'),
    asked('c2', watch, 'tests', ''),
    {
      id: 'c3',
      name: 'terminal',
      summary: './scripts/seed.sh',
      at: [100, 140, 2200] as [number, number, number],
      input: { command: './scripts/seed.sh' },
      output: 'seeded 412 rows\n',
      end: {
        fact: 'exit 0',
        exitCode: 0,
        result: 'exit code 0\n(What it left running goes on in the background as seed)',
      },
    },
  ]
  const at = START + 9_000
  return [
    turn('t1', 'Start the dev server and the tests, and seed the database.'),
    ...step('t1', 's1', 'Starting all three.', 0, calls),
    started('dev', dev, 440),
    started('tests', watch, 440, { startedBy: 'c2' }),
    started('seed', './scripts/seed.sh', 2200, { startedBy: 'c3', detached: true, input: false }),
    stepEnd('t1', 's1', 2300, 0.02),
    {
      type: 'processOutput',
      at,
      turnId: 't1',
      processId: 'dev',
      tail: 'VITE v7.0.2  ready in 412 ms\n➜  Local:   http://127.0.0.1:5173/\n9:58:12 AM [vite] hmr update /src/cart/CartSummaryWithAVeryLongNameThatNeverEnds.tsx',
    },
    {
      type: 'processOutput',
      at,
      turnId: 't1',
      processId: 'tests',
      tail: 'Tests  214 passed (214)\nPASS  Waiting for file changes …',
    },
    ...step('t1', 's2', 'The server answers on port 5173, and the tests watch.', 9_100, []),
    stepEnd('t1', 's2', 9_900, 0.02),
    { type: 'turnEnded', at: START + 10_000, turnId: 't1', status: 'completed' },
  ]
}
