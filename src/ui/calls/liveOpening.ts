import { useComputed } from '@preact/signals'
import { useEffect } from 'preact/hooks'
import { mediaOf } from '../../protocol/media.ts'
import type { CallState } from '../../protocol/state.ts'
import { usePanel } from '../panel.ts'

/** A call that has run so long and written something, or made calls, opens by itself; after a success it closes. In ms. */
const OPENS_AFTER = 2000
const CLOSES_AFTER = 1000

/** Opens and closes a row as its call goes on. */
export function useLiveOpening(id: string): void {
  const { store, cards, clock } = usePanel()
  const call = store.call(id)
  const phase = useComputed(() => phaseOf(call?.value)).value
  const wrote = useComputed(
    () => (store.output(id)?.value.text ?? '') !== '' || store.callsOf(id).value.length > 0,
  ).value
  useEffect(() => {
    if (phase === 'asks') for (const each of [id, ...store.above(id)]) cards.openItself(each, true)
    else if (phase === 'answered') cards.openItself(id, false)
    if (phase === 'running' && wrote) {
      const ran = clock.now() - (call?.peek().startedAt ?? clock.now())
      return after(OPENS_AFTER - ran, () => cards.openItself(id, true))
    }
    if (phase === 'made') cards.openItself(id, true)
    if (phase === 'succeeded') return after(CLOSES_AFTER, () => cards.openItself(id, false))
    return undefined
  }, [phase, wrote])
}

type Phase = 'asks' | 'answered' | 'running' | 'made' | 'succeeded' | 'other'

function phaseOf(call: CallState | undefined): Phase {
  if (call?.status === 'approval') return 'asks'
  if (call?.status === 'running') return 'running'
  if (call?.status === 'completed' && mediaOf(call.name) !== undefined) return 'made'
  if (call?.status === 'completed' && (call.exitCode ?? 0) === 0) return 'succeeded'
  return call !== undefined && call.startedAt === undefined ? 'answered' : 'other'
}

function after(ms: number, callback: () => void): () => void {
  const timer = setTimeout(callback, Math.max(0, ms))
  return () => clearTimeout(timer)
}
