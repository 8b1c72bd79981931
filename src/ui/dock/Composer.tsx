import { useComputed, type Signal } from '@preact/signals'
import type { JSX } from 'preact'
import type { ApprovalMode } from '../../protocol/messages.ts'
import { Icon } from '../icons.tsx'
import { usePanel, type Panel } from '../panel.ts'
import { nextModel } from '../words/models.ts'
import { Buttons } from './Buttons.tsx'
import { RememberedChip } from './Remembered.tsx'
import { submit } from './submit.ts'

const MODES: Record<ApprovalMode, string> = { ask: 'Ask first', edits: 'Allow edits', all: 'Allow all' }

/** @param answers whether the list of remembered answers is shown */
export function Composer({ answers }: { answers: Signal<boolean> }): JSX.Element {
  const panel = usePanel()
  const { store, draft } = panel
  const running = useComputed(() => store.session.value.status === 'running').value
  const typed = useComputed(() => draft.text.value.trim() !== '').value
  return (
    <div>
      <div class="composer">
        <textarea
          id="composer"
          role="textbox"
          aria-multiline="true"
          aria-label="Message Stretto"
          rows={1}
          spellcheck={false}
          placeholder={running ? 'Steer, or queue a message' : 'Ask for a change, a fix or an explanation'}
          value={draft.text}
          onInput={(event) => draft.set(event.currentTarget.value)}
          onKeyDown={(event) => onKey(panel, event)}
        />
        <div class="bar">
          <Chips />
          <RememberedChip listed={answers} />
          <span class="grow" />
          <Buttons running={running} typed={typed} />
        </div>
      </div>
      {running && typed && (
        <p class="hint">
          <b>Steer</b> (Enter) goes with the next request: edits finish, commands go on in the background. <b>Queue</b>{' '}
          (Alt+Enter) waits for the end of the turn.
        </p>
      )}
    </div>
  )
}

function Chips(): JSX.Element {
  const { store, post } = usePanel()
  const { approvals = 'ask' } = store.environment.value ?? {}
  const name = useComputed(() => nextModel(store.session.value, store.environment.value) ?? 'Choose a model').value
  return (
    <>
      <button
        class="chip"
        type="button"
        aria-label={`Model: ${name}`}
        title={name}
        onClick={() => post({ type: 'action', action: 'selectModel' })}
      >
        <span>{name}</span>
        <Icon name="down" />
      </button>
      <button
        class="chip"
        type="button"
        aria-label={`Approvals: ${MODES[approvals].toLowerCase()}`}
        onClick={() => post({ type: 'action', action: 'chooseApprovals' })}
      >
        <Icon name="shield" class="lead" />
        <span>{MODES[approvals]}</span>
        <Icon name="down" />
      </button>
    </>
  )
}

function onKey(panel: Panel, event: KeyboardEvent): void {
  if (event.isComposing || event.keyCode === 229) return
  if (event.key === 'Enter' && !event.shiftKey && !event.ctrlKey && !event.metaKey) {
    event.preventDefault()
    submit(panel, event.altKey ? 'queue' : 'steer')
  } else if (event.key === 'ArrowUp' && !event.ctrlKey && !event.metaKey && panel.draft.text.peek() === '') {
    const last = panel.store.session.peek().messages.findLast((message) => message.role === 'user')
    if (last === undefined) return
    event.preventDefault()
    panel.draft.set(last.text)
  }
}
