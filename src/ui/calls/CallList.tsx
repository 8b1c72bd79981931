import type { JSX } from 'preact'
import type { CallState } from '../../protocol/state.ts'
import { Icon, StateIcon, toolIcon } from '../icons.tsx'
import { usePanel } from '../panel.ts'
import { beganAt, lastEnd } from '../score/timeline.ts'
import { plural, span } from '../words/spans.ts'
import { CallCard } from './CallCard.tsx'
import { groups, sumOfFacts } from './folding.ts'

/** Calls in call order. Cards of a folded line stay in the document, hidden. */
export function CallList({ calls }: { calls: readonly CallState[] }): JSX.Element {
  const { cards } = usePanel()
  const focused = cards.focused.value
  const stands = (id: string): boolean => cards.isOpen(id) || focused === id
  return (
    <>
      {groups(calls, stands).flatMap((group) => {
        if (group.kind === 'call') return <CallCard key={group.id} id={group.id} />
        const id = `fold ${group.calls[0]?.id}`
        const open = cards.isOpen(id)
        // In one flat list, so that folding moves no card.
        return [
          <Fold key={id} id={id} calls={group.calls} open={open} />,
          ...group.calls.map((call) => <CallCard key={call.id} id={call.id} hidden={!open} />),
        ]
      })}
    </>
  )
}

function Fold({ id, calls, open }: { id: string; calls: readonly CallState[]; open: boolean }): JSX.Element {
  const { cards, clock, follow } = usePanel()
  const name = calls[0]?.name ?? ''
  const now = clock.now()
  const began = Math.min(...calls.map((call) => beganAt(call) ?? call.proposedAt))
  const linked = calls.some((call) => call.id === cards.linked.value)
  const toggle = (): void => {
    follow.hold()
    cards.choose(id, !open)
  }
  return (
    <div class={`fold ${linked ? 'linked' : ''}`} data-holds={calls.map((call) => call.id).join(' ')}>
      <div class="row">
        <button class="open" type="button" aria-expanded={open} tabIndex={-1} onClick={toggle}>
          <Icon name={toolIcon(name)} class="kind" />
          <Icon name="chevron" class="twist" />
          <span class="tool">{name}</span>
          <span class="what">{plural(calls.length, 'call')}</span>
        </button>
        <span class="state completed">
          <span class="sr">completed</span>
          <span class="words">{sumOfFacts(calls)}</span>
        </span>
        <span class="time">{span(lastEnd(calls, now) - began)}</span>
        <span class="glyph completed" aria-hidden="true">
          <StateIcon kind="completed" />
        </span>
      </div>
    </div>
  )
}
