import { useComputed } from '@preact/signals'
import type { JSX } from 'preact'
import type { MessageState, SteerMessage } from '../../protocol/state.ts'
import { useFocusKeeper } from '../focusKeeper.ts'
import { Icon } from '../icons.tsx'
import { usePanel } from '../panel.ts'
import { takeBack } from '../takeBack.ts'
import { span } from '../words/spans.ts'
import { Restore } from './Restore.tsx'

type User = Extract<MessageState, { role: 'user' }>

export function UserMessage({ id }: { id: string }): JSX.Element | null {
  const { store } = usePanel()
  const message = store.message(id)?.value
  if (message?.role !== 'user') return null
  return (
    <div class="user">
      {message.steered !== undefined && <Steered turnId={message.turnId} steered={message.steered} />}
      {message.text}
      {message.context !== undefined && (
        <details class="context">
          <summary>With context</summary>
          <pre class="out wrap">{message.context}</pre>
        </details>
      )}
      {message.steered === undefined && <Restore turnId={message.turnId} place="message" />}
    </div>
  )
}

function Steered({ turnId, steered }: { turnId: string; steered: NonNullable<User['steered']> }): JSX.Element {
  const { store } = usePanel()
  const startedAt = useComputed(() => store.turn(turnId)?.value.startedAt ?? steered.at).value
  return (
    <div class="tag">
      <Icon name="steer" />
      Steered at {span(steered.at - startedAt, true)}, sent with request {steered.request}
    </div>
  )
}

/** Messages on their way to the next request; they stand last in the transcript until they have left. */
export function Steers(): JSX.Element {
  const { store } = usePanel()
  const steers = useComputed(() => store.session.value.steers).value
  return (
    <>
      {steers.map((message) => (
        <Steer key={message.id} message={message} />
      ))}
    </>
  )
}

function Steer({ message }: { message: SteerMessage }): JSX.Element {
  const panel = usePanel()
  const { turnId, text } = message
  const late = useComputed(() => panel.store.turn(turnId)?.value.endedAt !== undefined).value
  const box = useFocusKeeper<HTMLDivElement>()
  return (
    <div class="user" ref={box}>
      <div class="tag">
        <Icon name="steer" />
        <span class="grow">{late ? 'Starts the next turn' : 'Goes with the next request'}</span>
        <button class="link" type="button" aria-label={`Take back “${text}”`} onClick={() => takeBack(panel, message)}>
          Take back
        </button>
      </div>
      {text}
    </div>
  )
}
