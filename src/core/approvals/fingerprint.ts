import { createHash } from 'node:crypto'
import type { Action } from '../tools/tool.ts'
import type { Reach } from './policy.ts'

/** Under what an action runs. */
export interface Conditions {
  reach?: Reach
  /** What of the environment decides what a command runs. */
  environment?: string | undefined
}

/**
 * The identity of what is approved: the tool, the exact input, the resolved paths, the folder of a command, its
 * environment and its walls. Not the text of a file: an edit that merely rebases stays the same.
 */
export function fingerprint(tool: string, input: unknown, action: Action, conditions: Conditions = {}): string {
  const { reach = 'user', environment = '' } = conditions
  const under = action.kind === 'command' || action.kind === 'script' ? [reach, environment] : []
  return createHash('sha256')
    .update(JSON.stringify([tool, canonical(input), facts(action), ...under]))
    .digest('base64url')
}

function facts(action: Action): unknown {
  switch (action.kind) {
    case 'command':
      return ['command', action.command, action.cwd, action.outside === true]
    case 'script':
      return ['script', action.language, action.code, action.cwd]
    case 'read':
      return ['read', ...action.targets.map(({ path, inside }) => [path, inside])]
    case 'edit':
      return ['edit', action.detail ?? [], ...action.targets.map(({ path, inside }) => [path, inside])]
    case 'input':
      return ['input', action.process, action.title, action.text]
    case 'web':
      return ['web', action.query, action.url]
    case 'auxiliary': {
      const { service, what, url, writes = false, targets } = action
      return ['auxiliary', service, what, url, writes, ...targets.map(({ path, inside }) => [path, inside])]
    }
    case 'config':
      return ['config', action.file, ...action.path]
    case 'session':
      return ['session']
  }
}

/** The same value with its keys in one order. */
function canonical(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(canonical)
  if (typeof value !== 'object' || value === null) return value
  return Object.entries(value)
    .toSorted(([a], [b]) => (a < b ? -1 : 1))
    .map(([key, inner]) => [key, canonical(inner)])
}
