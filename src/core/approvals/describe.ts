import type { FileChange } from '../../protocol/events.ts'
import type { FileTarget } from '../ports.ts'
import type { Action } from '../tools/tool.ts'
import { visible, visibleName } from './visible.ts'

/** What will be done, whole and resolved, for the card. An edit's input is left out where its diff shows all of it. */
export function describe(tool: string, input: unknown, action: Action, preview: FileChange | undefined): string {
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
      const isShown = preview !== undefined && preview.omitted === 0 && action.targets.length === 1
      return [...action.targets.map(shownTarget), ...(isShown ? [] : [shownInput(input)])].join('\n')
    }
    case 'session':
      return visibleName(tool)
  }
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
