import { useComputed } from '@preact/signals'
import type { JSX } from 'preact'
import type { ApprovalMode } from '../../protocol/messages.ts'
import { Icon, StopIcon } from '../icons.tsx'
import { usePanel, type Panel } from '../panel.ts'

const MODES: Record<ApprovalMode, string> = { ask: 'Ask first', edits: 'Allow edits', all: 'Allow all' }

export function Composer(): JSX.Element {
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
          placeholder={running ? 'Queue a message' : 'Ask for a change, a fix or an explanation'}
          value={draft.text}
          onInput={(event) => draft.set(event.currentTarget.value)}
          onKeyDown={(event) => onKey(panel, event)}
        />
        <div class="bar">
          <Chips />
          <span class="grow" />
          <Buttons running={running} typed={typed} />
        </div>
      </div>
      {running && typed && (
        <p class="hint">
          <b>Queue</b> (Enter) waits for the end of the turn.
        </p>
      )}
    </div>
  )
}

function Chips(): JSX.Element {
  const { store, post } = usePanel()
  const { model, approvals = 'ask' } = store.environment.value ?? {}
  const name = model === undefined ? 'Choose a model' : model.provider === 'demo' ? 'Demo (a script)' : model.id
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

function Buttons({ running, typed }: { running: boolean; typed: boolean }): JSX.Element {
  const panel = usePanel()
  if (!running) {
    return (
      <button
        class={`btn send ${typed ? 'main' : ''}`}
        type="button"
        aria-label="Send"
        aria-disabled={typed ? undefined : 'true'}
        title="Send (Enter)"
        onClick={() => submit(panel)}
      >
        <Icon name="send" />
      </button>
    )
  }
  return (
    <>
      <button class="btn" type="button" aria-label="Stop" title="Stop (Escape)" onClick={panel.stop}>
        <StopIcon />
        {!typed && (
          <>
            Stop<kbd>Esc</kbd>
          </>
        )}
      </button>
      {typed && (
        <button class="btn main" type="button" aria-label="Queue" title="Queue (Enter)" onClick={() => submit(panel)}>
          <Icon name="queue" />
          Queue<kbd class="opt">Enter</kbd>
        </button>
      )}
    </>
  )
}

/** Sends what was typed, or queues it while a turn runs. */
function submit({ store, draft, post, follow }: Panel): void {
  const text = draft.text.peek().trim()
  if (text === '') return
  post({ type: store.session.peek().status === 'running' ? 'queue' : 'send', text })
  draft.set('')
  follow.toEnd()
}

function onKey(panel: Panel, event: KeyboardEvent): void {
  if (event.isComposing || event.keyCode === 229) return
  if (event.key === 'Enter' && !event.shiftKey && !event.ctrlKey && !event.metaKey) {
    event.preventDefault()
    submit(panel)
  } else if (event.key === 'ArrowUp' && !event.ctrlKey && !event.metaKey && panel.draft.text.peek() === '') {
    const last = panel.store.session.peek().messages.findLast((message) => message.role === 'user')
    if (last === undefined) return
    event.preventDefault()
    panel.draft.set(last.text)
  }
}
