import type { JSX } from 'preact'
import type { CallState } from '../../protocol/state.ts'
import { Icon, StateIcon } from '../icons.tsx'
import { usePanel } from '../panel.ts'
import { Mini } from '../score/Mini.tsx'
import { lastEnd, mostAtOnce, origin, work } from '../score/timeline.ts'
import { plural, span } from '../words/spans.ts'

/** A gain smaller than this is not worth words. */
const GAIN = 1.2

interface Props {
  stepId: string
  calls: readonly CallState[]
  live: boolean
  open: boolean
}

export function StepHead({ stepId, calls, live, open }: Props): JSX.Element {
  const { cards, clock, follow } = usePanel()
  if (live) void clock.second.value
  const now = clock.now()
  const length = (live ? now : lastEnd(calls, now)) - origin(calls)
  const failed = calls.filter((call) => call.status === 'failed').length
  const toggle = (): void => {
    follow.hold()
    cards.chooseStep(stepId, !open)
  }
  return (
    <button class="head" type="button" tabIndex={-1} aria-expanded={open} onClick={toggle}>
      <Icon name="chevron" />
      <span>{plural(calls.length, 'call')}</span>
      <span class="muted grow">
        {failed > 0 && !live && (
          <>
            <span class="fail">{failed} failed</span>
            {' · '}
          </>
        )}
        {live ? atOnce(mostAtOnce(calls, now)) : gained(work(calls, now), length)}
      </span>
      {!open && <Mini calls={calls} now={now} />}
      {live && <span class="time">{span(length, true)}</span>}
      <span class={`glyph ${failed ? 'failed' : 'completed'}`} aria-hidden="true">
        {!open && !live && <StateIcon kind={failed ? 'failed' : 'completed'} />}
      </span>
    </button>
  )
}

function atOnce(most: number): string {
  return most > 1 ? `up to ${most} at once` : ''
}

function gained(worked: number, length: number): string {
  return worked > length * GAIN ? `${span(worked)} of work in ${span(length)}` : `in ${span(length)}`
}
