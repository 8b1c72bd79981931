import type { SessionEvent } from './events.ts'

/** What goes on, or went on, in the background. */
export interface ProcessState {
  id: string
  /** The call that started it. */
  startedBy: string
  turnId: string
  /** What the user reads: the command line. */
  title: string
  kind: 'command' | 'script'
  /** Whether it can be written to. */
  input: boolean
  /** Left behind by a command that has ended. */
  detached: boolean
  startedAt: number
  /** Its last lines, while it runs. */
  tail: string
  endedAt?: number
  /** How it ended, in words: `exit code 0`. */
  how?: string
}

type ProcessEvent = Extract<SessionEvent, { processId: string }>

/** The list after the event, in order of starts; an id may come again when the one before has ended. */
export function reduceProcesses(list: ProcessState[], event: ProcessEvent): ProcessState[] {
  switch (event.type) {
    case 'processStarted': {
      const { processId: id, startedBy, turnId, title, kind, input, detached, at: startedAt } = event
      return [...list, { id, startedBy, turnId, title, kind, input, detached, startedAt, tail: '' }]
    }
    case 'processOutput':
      return change(list, event.processId, { tail: event.tail })
    case 'processEnded':
      return change(list, event.processId, { tail: '', endedAt: event.at, how: event.how })
  }
}

function change(list: ProcessState[], id: string, changed: Partial<ProcessState>): ProcessState[] {
  const at = list.findLastIndex((process) => process.id === id)
  const found = list[at]
  return found === undefined ? list : list.with(at, { ...found, ...changed })
}

/** Those that run. */
export function goingOn(list: readonly ProcessState[]): ProcessState[] {
  return list.filter(({ endedAt }) => endedAt === undefined)
}
