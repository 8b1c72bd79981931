import type { JSX } from 'preact'
import { usePanel } from '../panel.ts'
import { Body } from './Body.tsx'
import { Row } from './Row.tsx'
import { useLiveOpening } from './liveOpening.ts'

interface Props {
  id: string
  /** Whether it stands in a folded line: it stays in the document. */
  hidden?: boolean
}

/** One call: one line, until someone wants more. */
export function CallCard({ id, hidden = false }: Props): JSX.Element | null {
  const { store, cards } = usePanel()
  const call = store.call(id)?.value
  useLiveOpening(id)
  if (call === undefined) return null
  const asks = call.status === 'approval'
  const open = cards.isOpen(id)
  const hasNest = store.callsOf(id).value.length > 0
  const linked = cards.linked.value === id
  const classes = ['call', asks ? 'asks' : '', linked ? 'linked' : ''].join(' ').trim()
  return (
    <div
      class={classes}
      role="group"
      aria-label={`${call.name}: ${call.summary}`}
      aria-describedby={`${id}-state`}
      data-call-id={id}
      data-call-name={call.name}
      data-call-status={call.status}
      hidden={hidden}
    >
      <Row call={call} open={open} />
      {(open || hasNest) && <Body call={call} open={open} />}
    </div>
  )
}
