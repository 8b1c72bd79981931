import { execFile } from 'node:child_process'
import { join } from 'node:path'
import { promisify } from 'node:util'
import * as z from 'zod'
import { emptySession, reduce, type SessionState } from '../../src/protocol/state.ts'
import type { SessionEvent } from '../../src/protocol/events.ts'
import { root } from '../support/vscode/paths.ts'
import { median, type Row } from './report.ts'

const FROM = 2_000
const TO = 10_000
const LONG = 5_000

/** What many turns leave behind, and what one event costs in a session that has had many. */
export async function heap(): Promise<Row[]> {
  const child = [join(root, 'test/bench/heapChild.ts'), String(FROM), String(TO)]
  const { stdout } = await promisify(execFile)(process.execPath, ['--expose-gc', ...child], { cwd: root })
  const [before = Number.NaN, after = Number.NaN] = z.array(z.number()).parse(JSON.parse(stdout))
  const detail = `${mebibytes(before)} MiB after ${FROM} turns, ${mebibytes(after)} MiB after ${TO}; sessions of five turns, closed; after a collection`
  return [
    { name: `heap after ${TO} turns / after ${FROM}`, detail, value: after / before, unit: '×', target: 1.05 },
    cost(),
  ]
}

/** One call's events, in a session with thousands of calls before it. */
function cost(): Row {
  let state = emptySession('bench')
  for (let i = 0; i < LONG; i++) state = oneTurn(state, i)
  const times: number[] = []
  for (let i = LONG; i < LONG + 200; i++) {
    const start = performance.now()
    state = oneTurn(state, i)
    times.push(performance.now() - start)
  }
  const detail = `a turn with one call and ten pieces of output, in a session with ${LONG} such turns; median`
  return {
    name: `the events of a turn reduced, after ${LONG} turns`,
    detail,
    value: median(times),
    unit: 'ms',
    target: 5,
  }
}

function oneTurn(state: SessionState, i: number): SessionState {
  const of = { at: i, turnId: `t${i}` }
  const call = { ...of, callId: `c${i}` }
  const events: SessionEvent[] = [
    { ...of, type: 'turnStarted', messageId: `m${i}`, text: 'go', source: 'api', model: 'bench' },
    { ...of, type: 'stepStarted', stepId: `s${i}`, model: 'bench' },
    { ...call, type: 'callProposed', stepId: `s${i}`, name: 'terminal', input: {}, summary: '' },
    { ...call, type: 'callRunning' },
    ...Array.from({ length: 10 }, (): SessionEvent => ({ ...call, type: 'callOutput', text: 'a line\n' })),
    { ...of, type: 'stepEnded', stepId: `s${i}` },
    { ...call, type: 'callEnded', status: 'completed', result: 'exit code 0' },
    { ...of, type: 'turnEnded', status: 'completed' },
  ]
  return events.reduce(reduce, state)
}

function mebibytes(bytes: number): string {
  return (bytes / 1024 / 1024).toFixed(2)
}
