import * as vscode from 'vscode'
import type { Api } from '../core/models/endpoint.ts'
import type { StreamLimits } from '../core/models/watchdog.ts'
import type { ScriptTransport } from '../core/runtimes/runtime.ts'
import type { ApprovalMode, ReviewMode } from '../protocol/messages.ts'

export type Provider = 'auto' | 'openai' | 'vscode' | 'demo'

const modes: readonly ApprovalMode[] = ['ask', 'edits', 'all']
const reviews: readonly ReviewMode[] = ['after', 'before']
const providers: readonly Provider[] = ['auto', 'openai', 'vscode', 'demo']

export interface ModelSettings {
  provider: Provider
  /** Empty when not set. */
  baseUrl: string
  name: string
  /** Empty when the user has not said. */
  api: Api | ''
}

export function modelSettings(): ModelSettings {
  return {
    provider: oneOf(providers, own('model.provider'), 'auto'),
    baseUrl: text(own('model.baseUrl')),
    name: text(own('model.name')),
    api: oneOf(['chat', 'responses', ''] as const, set('model.api'), ''),
  }
}

export function limits(): {
  approvals: ApprovalMode
  review: ReviewMode
  parallelCalls: number
  commandSeconds: number
  outputBytes: number
  budget: { usd: number; tokens: number }
} {
  return {
    approvals: oneOf(modes, own('approvals.mode'), 'ask'),
    review: oneOf(reviews, own('edits.review'), 'after'),
    parallelCalls: between(1, 1024, own('limits.parallelCalls'), 128),
    commandSeconds: between(1, 86_400, own('limits.commandSeconds'), 600),
    outputBytes: between(1000, 1_000_000, own('limits.outputBytes'), 30_000),
    budget: {
      usd: between(0, Number.MAX_SAFE_INTEGER, own('limits.budgetUsd'), 0),
      tokens: between(0, Number.MAX_SAFE_INTEGER, own('limits.budgetTokens'), 0),
    },
  }
}

/** How long a model's stream may be silent. */
export function streamLimits(): StreamLimits {
  return {
    bytesMs: 1000 * between(5, 3600, own('limits.silentSeconds'), 60),
    eventsMs: 1000 * between(5, 3600, own('limits.stalledSeconds'), 120),
  }
}

export interface RuntimeSettings {
  kind: 'local' | 'ssh' | 'container'
  host: string
  container: string
  engine: 'docker' | 'podman'
  /** There; its home unless set. */
  folder: string
  transport: ScriptTransport
}

export function runtimeSettings(): RuntimeSettings {
  return {
    kind: oneOf(['local', 'ssh', 'container'] as const, own('runtime.kind'), 'local'),
    host: text(own('runtime.host')),
    container: text(own('runtime.container')),
    engine: oneOf(['docker', 'podman'] as const, own('runtime.engine'), 'docker'),
    folder: text(own('runtime.folder')) || '.',
    transport: oneOf(['files', 'stream'] as const, own('runtime.transport'), 'files'),
  }
}

/** Whether commands and scripts run behind walls wherever this machine has some. */
export function sandboxOn(): boolean {
  return own('sandbox') !== 'off'
}

export async function setSetting(key: string, value: unknown): Promise<void> {
  await vscode.workspace.getConfiguration('stretto').update(key, value, vscode.ConfigurationTarget.Global)
}

export function onSettingsChanged(listener: () => void): vscode.Disposable {
  return vscode.workspace.onDidChangeConfiguration((event) => {
    if (event.affectsConfiguration('stretto') || event.affectsConfiguration('http')) listener()
  })
}

/** The user's own value: whatever a workspace says is not looked at. */
function own(key: string): unknown {
  const found = vscode.workspace.getConfiguration('stretto').inspect(key)
  return found?.globalValue ?? found?.defaultValue
}

/** What the user has set, without the default. */
function set(key: string): unknown {
  return vscode.workspace.getConfiguration('stretto').inspect(key)?.globalValue
}

function text(value: unknown): string {
  return typeof value === 'string' ? value.trim() : ''
}

function oneOf<T extends string>(known: readonly T[], value: unknown, otherwise: T): T {
  return known.find((item) => item === value) ?? otherwise
}

function between(least: number, most: number, value: unknown, otherwise: number): number {
  return typeof value === 'number' && Number.isFinite(value) ? Math.min(most, Math.max(least, value)) : otherwise
}
