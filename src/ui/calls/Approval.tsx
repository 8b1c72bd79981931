import type { JSX } from 'preact'
import { useState } from 'preact/hooks'
import type { ApprovalAnswer, ApprovalRequest } from '../../protocol/events.ts'
import { MOD } from '../keyboard.ts'
import { usePanel } from '../panel.ts'
import { visible } from '../words/visible.ts'
import { Command } from './Code.tsx'
import { Change } from './Diff.tsx'

/** The one tinted area: what will be done, where, why it asks, and the three answers. */
export function Approval({ callId, request }: { callId: string; request: ApprovalRequest }): JSX.Element {
  const { post, cards } = usePanel()
  const { fingerprint, action, where, reason, previews = [], canRemember } = request
  const [keeps, setKeeps] = useState(false)
  const exactly = where === undefined ? 'Exactly this' : 'Exactly this command in this folder'
  const answer =
    (given: ApprovalAnswer) =>
    (event: { currentTarget: Element }): void => {
      post({ type: 'approve', callId, fingerprint, answer: given })
      leaveTo(event.currentTarget)
      cards.answered(callId)
    }
  return (
    <>
      <Command text={action} />
      {previews.map((change) => (
        <Change key={change.path} callId={callId} change={change} named={previews.length > 1} pending />
      ))}
      <p class="note">{visible(where === undefined ? reason : `In ${where}. ${reason}`)}</p>
      <div class="acts">
        <button class="btn main allow-once" type="button" title={`${MOD}+Enter`} onClick={answer('once')}>
          Allow once
        </button>
        {canRemember && (
          <button
            class="btn"
            type="button"
            title={keeps ? `${exactly}, until you take it back` : `${exactly}, until the session ends`}
            onClick={answer(keeps ? 'workspace' : 'session')}
          >
            Allow for this session
          </button>
        )}
        <button class="btn deny" type="button" title={`${MOD}+Backspace`} onClick={answer('deny')}>
          Deny
        </button>
      </div>
      {canRemember && (
        <label class="keeps">
          <input type="checkbox" checked={keeps} onChange={(event) => setKeeps(event.currentTarget.checked)} />
          Also for later sessions in this workspace
        </label>
      )}
    </>
  )
}

/** The buttons are about to go: the focus stays in the card, on its row. */
export function leaveTo(inside: Element): void {
  inside.closest('[data-call-id]')?.querySelector<HTMLElement>('.open')?.focus({ preventScroll: true })
}
