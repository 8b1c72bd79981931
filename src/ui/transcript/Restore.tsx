import { useComputed, useSignal } from '@preact/signals'
import type { JSX } from 'preact'
import { useLayoutEffect, useRef } from 'preact/hooks'
import type { RestoreScope } from '../../protocol/events.ts'
import { focusComposer } from '../keyboard.ts'
import { Icon } from '../icons.tsx'
import { usePanel } from '../panel.ts'

const SCOPES: readonly [scope: RestoreScope, words: string, title: string][] = [
  [
    'both',
    'Files and conversation',
    'Everything as it was before this message; the message goes back into the composer',
  ],
  ['files', 'Files', 'The conversation stays'],
  ['conversation', 'Conversation', 'The files stay; the message goes back into the composer'],
]

/** A way back to before a turn: in its foot by words, beside its message by a picture. */
export function Restore({ turnId, place }: { turnId: string; place: 'foot' | 'message' }): JSX.Element {
  const open = useSignal(false)
  const opener = useRef<HTMLButtonElement>(null)
  const close = (): void => {
    open.value = false
    opener.current?.focus({ preventScroll: true })
  }
  const isWords = place === 'foot'
  const label = isWords ? 'Restore checkpoint' : 'Restore checkpoint before this message'
  return (
    <>
      <button
        ref={opener}
        class={isWords ? 'link' : 'peek restore'}
        type="button"
        aria-expanded={open.value}
        aria-label={label}
        title="Go back to before this message"
        onClick={() => (open.value = !open.value)}
      >
        {isWords ? 'Restore checkpoint' : <Icon name="restore" />}
      </button>
      {open.value && <Choice turnId={turnId} close={close} />}
    </>
  )
}

function Choice({ turnId, close }: { turnId: string; close: () => void }): JSX.Element {
  const { store, post } = usePanel()
  const isRunning = useComputed(() => store.session.value.status === 'running').value
  const group = useRef<HTMLDivElement>(null)
  useLayoutEffect(() => group.current?.querySelector('button')?.focus(), [])
  const choose = (scope: RestoreScope): void => {
    post({ type: 'restoreCheckpoint', turnId, scope })
    close()
    focusComposer()
  }
  const onKeyDown = (event: KeyboardEvent): void => {
    if (event.key !== 'Escape') return
    event.stopPropagation()
    close()
  }
  return (
    <div class="choice" role="group" aria-label="Restore checkpoint" ref={group} onKeyDown={onKeyDown}>
      <p class="note">
        {isRunning ? 'A turn is running. Stop it first, then restore.' : 'Go back to before this message:'}
      </p>
      <div class="acts">
        {!isRunning &&
          SCOPES.map(([scope, words, title]) => (
            <button key={scope} class="btn" type="button" title={title} onClick={() => choose(scope)}>
              {words}
            </button>
          ))}
        <button class="link" type="button" onClick={close}>
          Cancel
        </button>
      </div>
    </div>
  )
}
