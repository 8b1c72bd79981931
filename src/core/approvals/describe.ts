import type { FileChange } from '../../protocol/events.ts'
import { keyOf } from '../config/keys.ts'
import { LONGEST_LINE } from '../edits/diff.ts'
import type { FileTarget } from '../ports.ts'
import type { Action } from '../tools/tool.ts'
import { visible, visibleName } from './visible.ts'

/** What will be done, whole and resolved, for the card. An edit's input is left out where its diff shows all of it. */
export function describe(
  tool: string,
  input: unknown,
  action: Action,
  previews: readonly FileChange[] | undefined,
): string {
  switch (action.kind) {
    case 'command':
      return visible(action.command)
    case 'script':
      return visible(action.code)
    case 'input':
      return `to ${visibleName(action.process)} (${visible(action.title)}):\n${visible(action.text)}`
    case 'read':
      return [...action.targets.map(shownTarget), shownInput(input)].join('\n')
    case 'edit': {
      const detail = action.detail?.map(visibleName) ?? []
      const rest = previews?.every(isWhole) === true ? [] : [shownInput(input), ...detail]
      return [...action.targets.map(shownTarget), ...rest].join('\n')
    }
    case 'web':
      return shownInput(input)
    case 'auxiliary':
      return [...action.targets.map(shownTarget), shownInput(input)].join('\n')
    case 'config':
      return shownConfig(action)
    case 'session':
      return visibleName(tool)
  }
}

/** Whether its lines are all there, and none is cut. */
function isWhole({ omitted, diff }: FileChange): boolean {
  return omitted === 0 && diff.every(({ text }) => text.length <= LONGEST_LINE)
}

function shownConfig({ file, path, writes, value }: Extract<Action, { kind: 'config' }>): string {
  const where = file === 'settings' ? 'settings of VS Code' : `${file}.jsonc`
  if (!writes) return where
  const name = visibleName(file === 'settings' ? `stretto.${path.join('.')}` : keyOf(path))
  return `${where}\n${name}: ${value === undefined ? '(removed)' : shownValue(value)}`
}

function shownTarget({ path, display }: FileTarget): string {
  return display === path ? visibleName(path) : `${visibleName(display)}  (${visibleName(path)})`
}

function shownInput(input: unknown): string {
  if (typeof input !== 'object' || input === null) return shownValue(input)
  return Object.entries(input)
    .map(([name, value]) => `${visibleName(name)}: ${shownValue(value)}`)
    .join('\n')
}

function shownValue(value: unknown): string {
  return visible(typeof value === 'string' ? value : (JSON.stringify(value, undefined, 2) ?? ''))
}
