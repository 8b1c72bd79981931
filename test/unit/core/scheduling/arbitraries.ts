import fc from 'fast-check'
import type { Claim } from '../../../../src/core/scheduling/claims.ts'
import type { OnSteer } from '../../../../src/core/tools/tool.ts'

/** What a scripted call does, one after the other. */
export type Step =
  /** Does something to the world. */
  | 'effect'
  /** Waits for the test. */
  | 'pause'
  /** Does something to a locked thing and holds the lock until the test lets go. */
  | 'lockA'
  | 'lockB'
  | 'lockBoth'
  /** Waits as for its children, without working. */
  | 'wait'
  | 'output'
  /** Makes the next of its own calls, and waits for it. */
  | 'child'
  /** Makes it and goes on. */
  | 'spawn'

export interface Spec {
  claims: Claim[]
  /** Other claims from its second plan on: the world has moved. */
  replanned: Claim[] | undefined
  plan: 'now' | 'gated' | 'fails' | 'throws'
  /** Whether the gate asks the user, once for each set of claims; or only once the call is planned anew. */
  asks: 'never' | 'always' | 'later'
  onSteer: OnSteer
  deadlineMs: number | undefined
  /** Whether it ends with its token, or goes on and uses all its ports. */
  obeys: boolean
  /** Cancelled, it gives what it has; or it throws. */
  partial: boolean
  /** Begins with a question to the user. */
  question: boolean
  steps: Step[]
  /** The calls that it makes. */
  children: Spec[]
  end: 'done' | 'fails' | 'throws' | 'hangs' | 'twice' | 'early'
}

export type Move = { depth: number | undefined } & (
  | { kind: 'submit' | 'steer' | 'stopAll' }
  | { kind: 'open' | 'deny' | 'stopOne'; pick: number }
  | { kind: 'advance'; ms: number }
)

const path = fc.constantFrom('/w', '/w/a', '/w/b', '/w/a/x')
const claim: fc.Arbitrary<Claim> = fc.oneof(
  { weight: 4, arbitrary: fc.record({ kind: fc.constantFrom('read' as const, 'write' as const), path }) },
  {
    weight: 4,
    arbitrary: fc.record({ kind: fc.constant('edit' as const), path: fc.constantFrom('/w/a', '/w/b') }),
  },
  { weight: 1, arbitrary: fc.constant({ kind: 'run' as const }) },
)
const bothDocuments: Claim[] = [
  { kind: 'edit', path: '/w/a' },
  { kind: 'edit', path: '/w/b' },
]
const claims = fc.oneof(
  { weight: 6, arbitrary: fc.array(claim, { maxLength: 2 }) },
  { weight: 1, arbitrary: fc.constant(bothDocuments) },
)

const leafSteps: Step[] = ['effect', 'effect', 'pause', 'pause', 'wait', 'lockA', 'lockB', 'lockBoth', 'output']
const parentSteps: Step[] = ['effect', 'pause', 'wait', 'lockA', 'child', 'child', 'child', 'spawn', 'spawn']

const ends: Spec['end'][] = ['done', 'done', 'done', 'done', 'fails', 'throws', 'hangs', 'twice']

const specOf = (steps: Step[], children: fc.Arbitrary<Spec[]>, ends: Spec['end'][]): fc.Arbitrary<Spec> =>
  fc.record({
    claims,
    replanned: fc.option(claims, { nil: undefined, freq: 4 }),
    plan: fc.constantFrom('now', 'now', 'now', 'now', 'now', 'gated', 'gated', 'fails', 'throws'),
    asks: fc.constantFrom('never', 'never', 'always', 'later'),
    onSteer: fc.constantFrom('finish', 'return', 'background'),
    deadlineMs: fc.constantFrom(undefined, undefined, 100, 200),
    obeys: fc.constantFrom(true, true, false),
    partial: fc.boolean(),
    question: fc.constantFrom(false, false, false, true),
    steps: fc.array(fc.constantFrom(...steps), { maxLength: 4 }),
    children,
    end: fc.constantFrom(...ends),
  })

const leaf = specOf(leafSteps, fc.constant([]), [...ends, 'early'])
const parent = specOf(parentSteps, fc.array(leaf, { maxLength: 3 }), ends)
const grandparent = specOf(parentSteps, fc.array(parent, { maxLength: 2 }), ends)
const spec = fc.oneof(
  { weight: 6, arbitrary: leaf },
  { weight: 3, arbitrary: parent },
  { weight: 1, arbitrary: grandparent },
)

const pick = fc.nat({ max: 30 })
/** How many reactions may run before the next move; all of them half of the time. */
const depth = fc.oneof(fc.constant(undefined), fc.nat({ max: 12 }))

const move: fc.Arbitrary<Move> = fc.oneof(
  { weight: 6, arbitrary: fc.record({ kind: fc.constant('submit' as const), depth }) },
  { weight: 10, arbitrary: fc.record({ kind: fc.constant('open' as const), pick, depth }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('deny' as const), pick, depth }) },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant('stopOne' as const), pick, depth }) },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant('steer' as const), depth }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('stopAll' as const), depth }) },
  {
    weight: 3,
    arbitrary: fc.record({ kind: fc.constant('advance' as const), ms: fc.constantFrom(50, 100, 2_500), depth }),
  },
)

export interface Schedule {
  specs: Spec[]
  moves: Move[]
  limit: number
}

export const schedule: fc.Arbitrary<Schedule> = fc.record({
  specs: fc.array(spec, { minLength: 1, maxLength: 7, size: 'max' }),
  moves: fc.array(move, { maxLength: 30, size: 'max' }),
  limit: fc.constantFrom(1, 2, 3, 128),
})
