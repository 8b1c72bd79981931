import { useComputed } from '@preact/signals'
import { Fragment, type JSX } from 'preact'
import { Icon } from '../icons.tsx'
import { usePanel } from '../panel.ts'
import { modelWords } from '../words/models.ts'
import { CompactionProgress, Compactions } from './Compaction.tsx'
import { Files } from './Files.tsx'
import { Foot } from './Foot.tsx'
import { Budget, Retry, TurnFailure } from './Notice.tsx'
import { Step } from './Step.tsx'
import { Steers, UserMessage } from './UserMessage.tsx'

export function Turn({ id }: { id: string }): JSX.Element | null {
  const { store } = usePanel()
  const ended = useComputed(() => store.turn(id)?.value.endedAt !== undefined).value
  const last = useComputed(() => store.turnIds.value.at(-1) === id).value
  return (
    <article class="turn col" data-turn-id={id}>
      {store.messagesOf(id).value.map((messageId, i) => (
        <Fragment key={messageId}>
          <Message id={messageId} turnEnded={ended} />
          {i === 0 && <ModelChange turnId={id} />}
          <Compactions turnId={id} after={messageId} />
        </Fragment>
      ))}
      <Retry turnId={id} />
      <Budget turnId={id} />
      {ended && <Files turnId={id} />}
      {ended && <TurnFailure turnId={id} />}
      {ended && <Foot turnId={id} />}
      <Compactions turnId={id} />
      <CompactionProgress turnId={id} />
      {last && <Steers />}
    </article>
  )
}

/** Says so when a turn has another model than the one before. */
function ModelChange({ turnId }: { turnId: string }): JSX.Element | null {
  const { store } = usePanel()
  const model = useComputed(() => {
    const { turns } = store.session.value
    const at = turns.findIndex((turn) => turn.id === turnId)
    const [before, now] = [turns[at - 1]?.model, turns[at]?.model]
    return before === undefined || before === now || !now ? undefined : modelWords(now)
  }).value
  if (model === undefined) return null
  return (
    <div class="tag">
      <Icon name="model" />
      Now with {model}
    </div>
  )
}

function Message({ id, turnEnded }: { id: string; turnEnded: boolean }): JSX.Element | null {
  const { store } = usePanel()
  const role = useComputed(() => store.message(id)?.value.role).value
  if (role === undefined) return null
  return role === 'user' ? <UserMessage id={id} /> : <Step id={id} turnEnded={turnEnded} />
}
