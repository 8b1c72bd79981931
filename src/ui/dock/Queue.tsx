import { useComputed } from '@preact/signals'
import type { JSX } from 'preact'
import type { QueuedMessage } from '../../protocol/state.ts'
import { useFocusKeeper } from '../focusKeeper.ts'
import { Icon } from '../icons.tsx'
import { usePanel } from '../panel.ts'
import { takeBack } from '../takeBack.ts'
import { Tool } from './Tool.tsx'

/** Messages that wait for the end of the turn. */
export function Queue(): JSX.Element | null {
  const { store } = usePanel()
  const queue = useComputed(() => store.session.value.queue).value
  if (queue.length === 0) return null
  return (
    <div class="queue" role="list" aria-label="Queued for the end of the turn">
      <h3>For the end of the turn</h3>
      {queue.map((message) => (
        <Queued key={message.id} message={message} />
      ))}
    </div>
  )
}

function Queued({ message }: { message: QueuedMessage }): JSX.Element {
  const panel = usePanel()
  const row = useFocusKeeper<HTMLDivElement>()
  const { id: messageId, text } = message
  return (
    <div role="listitem" class="later" ref={row}>
      <Icon name="clock" />
      <span title={text}>{text}</span>
      <Tool
        label={`Steer with “${text}” now`}
        title="Steer with this now"
        onClick={() => panel.post({ type: 'steer', text, messageId })}
      >
        <Icon name="steer" />
      </Tool>
      <Tool label={`Edit “${text}”`} title="Edit" onClick={() => takeBack(panel, message)}>
        <Icon name="pencil" />
      </Tool>
      <Tool label={`Remove “${text}”`} title="Remove" onClick={() => panel.post({ type: 'unqueue', messageId })}>
        <Icon name="close" />
      </Tool>
    </div>
  )
}
