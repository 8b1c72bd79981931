import type { Gate } from '../../src/core/scheduling/parts.ts'
import type { CallOwner, Log } from '../../src/core/ports.ts'

/** Lets everything through, asks nobody. */
export const openGate: Gate = {
  check: async () => ({ kind: 'allowed', fingerprint: '' }),
  ask: async () => ({ kind: 'failed', code: 'denied', message: 'Nobody can answer.' }),
}

/** Whose calls those of a batch without a session are. */
export const someTurn: Omit<CallOwner, 'callId'> = { sessionId: 's1', turnId: 't1' }

export const silentLog: Log = { info: () => {}, warn: () => {}, error: () => {} }
