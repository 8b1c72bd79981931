import { useComputed } from '@preact/signals'
import type { JSX } from 'preact'
import { Icon } from '../icons.tsx'
import { focusComposer } from '../keyboard.ts'
import { usePanel } from '../panel.ts'

/** Messages that wait for the end of the turn. */
export function Queue(): JSX.Element | null {
  const { store, post, draft } = usePanel()
  const queue = useComputed(() => store.session.value.queue).value
  if (queue.length === 0) return null
  const edit = (messageId: string, text: string): void => {
    post({ type: 'unqueue', messageId })
    draft.prepend(text)
    focusComposer()
  }
  return (
    <div class="queue" role="list" aria-label="Queued for the end of the turn">
      <h3>For the end of the turn</h3>
      {queue.map(({ id, text }) => (
        <div key={id} role="listitem" class="later">
          <Icon name="clock" />
          <span title={text}>{text}</span>
          <button
            class="tool-btn"
            type="button"
            aria-label={`Edit “${text}”`}
            title="Edit"
            onClick={() => edit(id, text)}
          >
            <Icon name="pencil" />
          </button>
          <button
            class="tool-btn"
            type="button"
            aria-label={`Remove “${text}”`}
            title="Remove"
            onClick={() => post({ type: 'unqueue', messageId: id })}
          >
            <Icon name="close" />
          </button>
        </div>
      ))}
    </div>
  )
}
