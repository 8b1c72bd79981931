import type { Gate, SchedulerParts } from '../../src/core/scheduling/parts.ts'
import type { CallOwner, Log } from '../../src/core/ports.ts'
import { neverCancelled } from '../../src/core/scheduling/cancellation.ts'
import { failedOutcome } from '../../src/core/scheduling/outcome.ts'
import type { ChildCalls } from '../../src/core/tools/tool.ts'

/** Lets everything through, asks nobody. */
export const openGate: Gate = {
  check: async () => ({ kind: 'allowed', fingerprint: '' }),
  permits: async () => true,
  ask: async () => ({ kind: 'failed', code: 'denied', message: 'Nobody can answer.' }),
}

/** Whose calls those of a batch without a session are. */
export const someTurn: Omit<CallOwner, 'callId'> = { sessionId: 's1', turnId: 't1' }

export const silentLog: Log = { info: () => {}, warn: () => {}, error: () => {} }

/** What a batch needs around it where no call makes calls of its own. */
export const noChildren = (): Pick<SchedulerParts, 'stepId' | 'tools' | 'newCallId' | 'open'> => ({
  stepId: 'm1',
  tools: new Map(),
  newCallId: () => 'c0',
  open: new Map(),
})

/** For a tool that is run outside of any batch. */
export const noCalls: ChildCalls = {
  token: neverCancelled,
  made: [],
  call: async () => failedOutcome('ended', 'No calls here.'),
  stop: () => {},
  end: async () => {},
}
