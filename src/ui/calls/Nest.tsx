import type { JSX } from 'preact'
import { hasEnded, type CallState } from '../../protocol/state.ts'
import { allOf } from '../cards.ts'
import { usePanel } from '../panel.ts'
import { Score } from '../score/Score.tsx'
import { CallList } from './CallList.tsx'

/** So many cards stand in the document at first. */
const MOST_CARDS = 120

/** The calls that a script or a sub-agent made, with their own score. */
export function Nest({ id }: { id: string }): JSX.Element | null {
  const { store, cards } = usePanel()
  const calls = store.callsOf(id).value.flatMap((child) => store.call(child)?.value ?? [])
  if (calls.length === 0) return null
  const focused = cards.focused.value
  const stands = (callId: string): boolean => cards.isOpen(callId) || focused === callId
  const shown = cards.isOpen(allOf(id)) ? calls : bounded(calls, stands)
  return (
    <div class="nest">
      {calls.length > 1 && <Score calls={calls} live={calls.some((call) => !hasEnded(call))} />}
      {shown.length < calls.length && (
        <div class="acts">
          <button class="link" type="button" onClick={() => cards.choose(allOf(id), true)}>
            Show all {calls.length} calls
          </button>
          <span class="note">{calls.length - shown.length} that completed are left out</span>
        </div>
      )}
      <CallList calls={shown} />
    </div>
  )
}

/** The last calls, and of those before them the ones that go on, did not complete, are open or hold the focus. */
function bounded(calls: readonly CallState[], stands: (callId: string) => boolean): readonly CallState[] {
  if (calls.length <= MOST_CARDS) return calls
  const from = calls.length - MOST_CARDS
  const matters = ({ id, status, exitCode = 0 }: CallState): boolean =>
    status !== 'completed' || exitCode !== 0 || stands(id)
  return calls.filter((call, at) => at >= from || matters(call))
}
