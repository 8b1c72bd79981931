import { useComputed } from '@preact/signals'
import type { JSX } from 'preact'
import type { HunkVerdict } from '../../protocol/events.ts'
import { Icon } from '../icons.tsx'
import { usePanel } from '../panel.ts'
import { toReview } from './reviewState.ts'

/** The two verdicts on a file, beside its line. */
export function FileVerdicts({ turnId, path }: { turnId: string; path: string }): JSX.Element {
  const { post } = usePanel()
  const decide =
    (verdict: HunkVerdict) =>
    ({ currentTarget }: { currentTarget: Element }): void => {
      post({ type: 'review', turnId, path, verdict })
      // The buttons are about to go: the focus stays in the line.
      currentTarget.closest('.file')?.querySelector<HTMLElement>('.link')?.focus({ preventScroll: true })
    }
  return (
    <span class="verdicts">
      <button class="peek" type="button" aria-label={`Accept ${path}`} title="Accept" onClick={decide('accepted')}>
        <Icon name="check" />
      </button>
      <button class="peek" type="button" aria-label={`Reject ${path}`} title="Reject" onClick={decide('rejected')}>
        <Icon name="close" />
      </button>
    </span>
  )
}

/** What can be done with all that a turn changed. */
export function TurnVerdicts({ turnId }: { turnId: string }): JSX.Element {
  const { store, post } = usePanel()
  const open = useComputed(() => toReview(store.session.value, turnId).length > 0).value
  const last = useComputed(() => store.turnIds.value.at(-1) === turnId).value
  const decide =
    (verdict: HunkVerdict) =>
    ({ currentTarget }: { currentTarget: Element }): void => {
      post({ type: 'review', turnId, verdict })
      currentTarget.parentElement?.querySelector<HTMLElement>('.review')?.focus({ preventScroll: true })
    }
  return (
    <>
      <button
        class={`btn review ${open && last ? 'main' : ''}`}
        type="button"
        onClick={() => post({ type: 'reviewChanges', turnId })}
      >
        Review changes
      </button>
      {open && (
        <>
          <button class="btn" type="button" onClick={decide('accepted')}>
            Accept all
          </button>
          <button class="btn" type="button" onClick={decide('rejected')}>
            Reject all
          </button>
        </>
      )}
    </>
  )
}
