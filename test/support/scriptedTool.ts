import * as z from 'zod'
import { type CancellationToken, orCancelled } from '../../src/core/scheduling/cancellation.ts'
import type { Claim } from '../../src/core/scheduling/claims.ts'
import type { CallProgress, OnSteer, Plan, Tool, ToolResult } from '../../src/core/tools/tool.ts'
import type { Failure } from '../../src/core/ports.ts'

type Run = Plan['run']

export interface Script {
  name?: string
  claims?: Claim[]
  onSteer?: OnSteer
  deadlineMs?: number
  /** Where the claims are not all there is to plan. */
  plan?: () => Promise<Pick<Plan, 'claims'> | Failure>
  run(progress: CallProgress, token: CancellationToken): Promise<ToolResult>
}

/** A tool whose claims and behaviour the test writes. */
export function scriptedTool(script: Script): Tool {
  const claims = async (): Promise<Pick<Plan, 'claims'>> => ({ claims: script.claims ?? [] })
  return {
    name: script.name ?? 'scripted',
    description: 'Does what the test says.',
    input: z.unknown(),
    onSteer: script.onSteer ?? 'finish',
    deadlineMs: script.deadlineMs,
    summary: () => script.name ?? '',
    plan: async () => {
      const plan = await (script.plan ?? claims)()
      if ('kind' in plan) return plan
      return { ...plan, action: { kind: 'session' }, run: (progress, token) => script.run(progress, token) }
    },
  }
}

export const done = (text = 'done'): ToolResult => ({ kind: 'completed', text })

/** Never ends, whatever its token says. */
export const hangs: Run = () => new Promise(() => {})

/** Works until it is told to end, then says how far it came. */
export const untilCancelled =
  (partial = 'part'): Run =>
  (_progress, token) =>
    new Promise((resolve) => token.onCancellationRequested(() => resolve({ kind: 'cancelled', partial })))

/** Works until the test ends it, with an error if it is cancelled first. */
export const until =
  (opened: Promise<unknown>, text?: string): Run =>
  async (_progress, token) => {
    await orCancelled(opened, token)
    return done(text)
  }

/** Does not look at its token: when the test lets it go on, it does all this, and answers late. */
export const ignoresToken =
  (opened: Promise<unknown>, then: Run = async () => done('late')): Run =>
  async (progress, token) => {
    await opened
    return then(progress, token)
  }

/** Throws before it has given a promise. */
export const throwsAtOnce: Run = () => {
  throw new Error('thrown at once')
}

/** Gives one result, then another. */
export const answersTwice =
  (first: ToolResult, second: ToolResult): Run =>
  () =>
    Object.assign(Promise.resolve(first), {
      // oxlint-disable-next-line unicorn/no-thenable
      then: (resolve: (result: ToolResult) => void) => {
        resolve(first)
        resolve(second)
      },
    }) as Promise<ToolResult>
