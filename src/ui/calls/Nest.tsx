import type { JSX } from 'preact'
import { hasEnded } from '../../protocol/state.ts'
import { usePanel } from '../panel.ts'
import { Score } from '../score/Score.tsx'
import { CallList } from './CallList.tsx'

/** The calls that a script or a sub-agent made, with their own score. */
export function Nest({ id }: { id: string }): JSX.Element | null {
  const { store } = usePanel()
  const calls = store.callsOf(id).value.flatMap((child) => store.call(child)?.value ?? [])
  if (calls.length === 0) return null
  return (
    <div class="nest">
      {calls.length > 1 && <Score calls={calls} live={calls.some((call) => !hasEnded(call))} />}
      <CallList calls={calls} />
    </div>
  )
}
