import type { SessionParts } from '../../src/core/agent/parts.ts'
import type { Model } from '../../src/core/models/model.ts'
import { Processes } from '../../src/core/processes/processes.ts'
import { systemClock } from '../../src/host/clock.ts'
import { FakeScripts } from './fakeScripts.ts'
import { noDocuments } from './noDocuments.ts'
import { noWalls } from './noWalls.ts'
import { noDiagnostics, noLanguages } from './noLanguages.ts'
import { silentLog } from './openGate.ts'

/** What a session needs around a scripted model, with the real scheduler, policy and processes. */
export function sessionParts(
  model: Model,
  folder: string,
  changed: Partial<SessionParts> = {},
): Omit<SessionParts, 'slots' | 'onReturned'> {
  return {
    workspace: { folders: () => [{ name: 'w', path: folder }], trusted: () => true },
    documents: noDocuments,
    diagnostics: noDiagnostics,
    languages: noLanguages,
    processes: new Processes(),
    confinement: noWalls,
    runtime: () => undefined,
    scripts: new FakeScripts({}),
    ripgrep: async () => 'rg',
    models: {
      acquire: async () => ({ model, label: model.id, facts: undefined, [Symbol.asyncDispose]: async () => {} }),
    },
    settings: () => ({ approvals: 'ask', parallelCalls: 128, commandSeconds: 60, outputBytes: 30_000 }),
    headless: false,
    clock: systemClock,
    log: silentLog,
    ...changed,
  }
}
