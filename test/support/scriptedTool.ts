import * as z from 'zod'
import type { Claim } from '../../src/core/scheduling/claims.ts'
import type { CancellationToken } from '../../src/core/scheduling/cancellation.ts'
import type { CallProgress, OnSteer, Tool, ToolResult } from '../../src/core/tools/tool.ts'

export interface Script {
  name?: string
  claims?: Claim[]
  onSteer?: OnSteer
  deadlineMs?: number
  run(progress: CallProgress, token: CancellationToken): Promise<ToolResult>
}

/** A tool whose claims and behaviour the test writes. */
export function scriptedTool(script: Script): Tool {
  return {
    name: script.name ?? 'scripted',
    description: 'Does what the test says.',
    input: z.unknown(),
    onSteer: script.onSteer ?? 'finish',
    deadlineMs: script.deadlineMs,
    summary: () => script.name ?? '',
    plan: async () => ({
      claims: script.claims ?? [],
      action: { kind: 'session' },
      run: (progress, token) => script.run(progress, token),
    }),
  }
}

export const done = (text = 'done'): ToolResult => ({ kind: 'completed', text })
