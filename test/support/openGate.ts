import type { Gate } from '../../src/core/scheduling/parts.ts'
import type { Log } from '../../src/core/ports.ts'

/** Lets everything through, asks nobody. */
export const openGate: Gate = {
  check: async () => ({ kind: 'allowed', fingerprint: '' }),
  ask: async () => ({ kind: 'failed', code: 'denied', message: 'Nobody can answer.' }),
}

export const silentLog: Log = { info: () => {}, warn: () => {}, error: () => {} }
