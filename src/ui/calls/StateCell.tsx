import { useComputed } from '@preact/signals'
import type { ComponentChildren, JSX } from 'preact'
import { mediaOf } from '../../protocol/media.ts'
import type { ProcessState } from '../../protocol/processState.ts'
import type { CallState } from '../../protocol/state.ts'
import { Icon } from '../icons.tsx'
import { usePanel } from '../panel.ts'
import { textOf } from './input.ts'
import { endedWords, look, scriptWords, STATUS_WORDS, stateWords, type Words } from '../words/callWords.ts'

/** A call's state in words: in three lengths for the eye, whole for a screen reader. */
export function StateCell({ call }: { call: CallState }): JSX.Element {
  const { store } = usePanel()
  const made = call.status === 'running' ? store.callsOf(call.id).value.length : 0
  const over = useComputed(() => endOf(call, store.session.value.processes)).value
  const words =
    over !== undefined
      ? endedWords(over)
      : made === 0
        ? stateWords(call)
        : scriptWords(textOf(call.input, 'language'), made)
  const icon = call.status === 'waiting' ? waitIcon(call) : undefined
  return (
    <span class={`state ${look(call)}`} id={`${call.id}-state`} title={words[0]}>
      {icon && <Icon name={icon} />}
      <span class="sr">{over === undefined ? spoken(call) : ''}</span>
      {call.status === 'completed' && call.changes?.length && mediaOf(call.name) === undefined ? (
        <Counts call={call} />
      ) : (
        <Lengths words={words} call={call} />
      )}
    </span>
  )
}

/** How what it put in the background has ended; undefined while that goes on. */
function endOf({ id, status }: CallState, processes: readonly ProcessState[]): string | undefined {
  if (status !== 'backgrounded') return undefined
  return processes.findLast(({ startedBy, detached }) => startedBy === id && !detached)?.how
}

function waitIcon({ waitingFor }: CallState): 'after' | 'lock' | undefined {
  if (waitingFor?.kind === 'hazard') return 'after'
  return waitingFor?.kind === 'lock' ? 'lock' : undefined
}

function spoken(call: CallState): string {
  if (call.status !== 'waiting') return STATUS_WORDS[call.status]
  return `waiting for ${stateWords(call)[0].replace(/^(?:waiting for|after) /, '')}`
}

function Counts({ call }: { call: CallState }): JSX.Element {
  const changes = call.changes ?? []
  const sum = (key: 'added' | 'removed'): number => changes.reduce((total, change) => total + change[key], 0)
  return (
    <span class="num words">
      <PlusMinus added={sum('added')} removed={sum('removed')} />
    </span>
  )
}

export function PlusMinus({ added, removed }: { added: number; removed: number }): JSX.Element {
  return (
    <>
      <span class="add">{added > 0 || removed === 0 ? `+${added}` : ''}</span>{' '}
      <span class="del">{removed > 0 ? `−${removed}` : ''}</span>
    </>
  )
}

function Lengths({ words: [wide, medium, narrow], call }: { words: Words; call: CallState }): ComponentChildren {
  if (wide === '') return null
  const saidAlready = call.status === 'waiting' || wide === STATUS_WORDS[call.status]
  return (
    <span class="words" aria-hidden={saidAlready ? 'true' : undefined}>
      <span class="l">{wide}</span>
      <span class="m">{medium}</span>
      <span class="s">{narrow}</span>
    </span>
  )
}
