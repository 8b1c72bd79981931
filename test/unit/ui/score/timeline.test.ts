import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { CallPhase } from '../../../../src/protocol/state.ts'
import {
  beganAt,
  causeOf,
  drawn,
  elapsed,
  mostAtOnce,
  segments,
  timing,
  work,
} from '../../../../src/ui/score/timeline.ts'
import { aCall } from '../samples.ts'

const NB = '\u202f'
const lock = { kind: 'lock', resource: 'a.ts', place: 1 } as const
const hazard = { kind: 'hazard', callId: 'c0', name: 'edit_file', summary: 'a.ts' } as const

describe('segments of a lane', () => {
  it('are a wait, then a run that goes on', () => {
    const call = aCall({ phases: [{ kind: 'running', at: 300 }] })
    expect(segments(call)).toMatchObject([
      { kind: 'waiting', from: 0, to: 300 },
      { kind: 'running', from: 300, to: undefined },
    ])
  })

  it('take a false start before a lock for part of the wait', () => {
    const phases: CallPhase[] = [
      { kind: 'running', at: 10 },
      { kind: 'waiting', at: 20, waitingFor: lock },
      { kind: 'running', at: 900 },
    ]
    const call = aCall({ phases, startedAt: 10, endedAt: 1000, status: 'completed' })
    expect(segments(call)).toMatchObject([
      { kind: 'waiting', from: 0, to: 900, waitingFor: lock },
      { kind: 'running', from: 900, to: 1000 },
    ])
    expect(beganAt(call)).toBe(900)
  })

  it('show a wait in the middle of real work', () => {
    const phases: CallPhase[] = [
      { kind: 'running', at: 10 },
      { kind: 'waiting', at: 500, waitingFor: lock },
      { kind: 'running', at: 900 },
    ]
    expect(segments(aCall({ phases, endedAt: 1000 })).map(({ kind }) => kind)).toEqual([
      'waiting',
      'running',
      'waiting',
      'running',
    ])
  })

  it('leave out waits under 100 ms once they are over', () => {
    expect(drawn(aCall({ phases: [{ kind: 'running', at: 99 }] }))).toHaveLength(1)
    expect(drawn(aCall({ phases: [{ kind: 'running', at: 100 }] }))).toHaveLength(2)
    expect(drawn(aCall({ status: 'queued' }))).toHaveLength(1)
  })

  it('follow each other without a gap, from the proposal to the end', () => {
    const phase = fc.record({ kind: fc.constantFrom('waiting' as const, 'running' as const), at: fc.nat(5000) })
    fc.assert(
      fc.property(fc.array(phase, { maxLength: 8 }), fc.nat(1000), (list, tail) => {
        const phases = list.toSorted((a, b) => a.at - b.at)
        const endedAt = (phases.at(-1)?.at ?? 0) + tail
        const parts = segments(aCall({ phases, endedAt }))
        expect(parts[0]?.from).toBe(0)
        expect(parts.at(-1)?.to).toBe(endedAt)
        for (const [i, part] of parts.entries()) {
          if (i > 0) expect(part.from).toBe(parts[i - 1]?.to)
          expect(part.kind).not.toBe(parts[i - 1]?.kind)
        }
      }),
      { seed: 7, numRuns: 300 },
    )
  })
})

describe('times of a call', () => {
  it('count the run, or the wait until then', () => {
    expect(elapsed(aCall({ status: 'waiting' }), 1500)).toBe(1500)
    expect(elapsed(aCall({ phases: [{ kind: 'running', at: 500 }] }), 1500)).toBe(1000)
    expect(elapsed(aCall({ status: 'deferred', endedAt: 900 }), 1500)).toBeUndefined()
  })

  it('are told in words', () => {
    const call = aCall({ phases: [{ kind: 'running', at: 320 }], endedAt: 2620, status: 'completed' })
    expect(timing(call, 9999)).toBe(`waited 0.3${NB}s, ran 2.3${NB}s`)
    expect(timing(aCall({ status: 'waiting' }), 12_400)).toBe(`waited 12${NB}s`)
  })

  it('name what was waited for, after the wait too', () => {
    const phases: CallPhase[] = [
      { kind: 'waiting', at: 0, waitingFor: hazard },
      { kind: 'running', at: 500 },
    ]
    expect(causeOf(aCall({ phases }))).toBe('c0')
    expect(causeOf(aCall())).toBeUndefined()
  })
})

describe('a step as a whole', () => {
  const run = (at: number, endedAt?: number) => aCall({ phases: [{ kind: 'running', at }], endedAt })

  it('knows how many calls ran at once, and does not count one that ends as another starts', () => {
    expect(mostAtOnce([run(0, 100), run(50, 200), run(100, 300)], 400)).toBe(2)
    expect(mostAtOnce([run(0), run(50), run(100)], 400)).toBe(3)
  })

  it('adds up the work', () => {
    expect(work([run(0, 100), run(50, 200), run(300)], 400)).toBe(350)
  })
})
