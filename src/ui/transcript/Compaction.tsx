import { useComputed, useSignal } from '@preact/signals'
import type { JSX } from 'preact'
import type { CompactionState } from '../../protocol/context.ts'
import { Icon } from '../icons.tsx'
import { usePanel } from '../panel.ts'
import { Prose } from '../text/Prose.tsx'
import { plural } from '../words/spans.ts'

interface Props {
  turnId: string
  /** The message that it stands after; none: the turn's end. */
  after?: string
}

/** The summaries that were made after a message of the turn, or when the turn had ended. */
export function Compactions({ turnId, after }: Props): JSX.Element | null {
  const { store } = usePanel()
  const all = useComputed(() => store.session.value.compactions).value
  const endedAt = useComputed(() => store.turn(turnId)?.value.endedAt).value
  const here = all?.filter((one) => {
    const late = endedAt !== undefined && one.at >= endedAt
    return one.turnId === turnId && (late ? after === undefined : one.after === after)
  })
  if (here === undefined || here.length === 0) return null
  return (
    <>
      {here.map((compaction) => (
        <Compaction key={compaction.id} compaction={compaction} />
      ))}
    </>
  )
}

/** One line; it opens the summary that the model gets in place of what came before. */
function Compaction({ compaction: { messages, summary } }: { compaction: CompactionState }): JSX.Element {
  const open = useSignal(false)
  return (
    <div class="compaction">
      <button
        class="fold-line"
        type="button"
        aria-expanded={open.value}
        title="What the model gets in place of the messages above. They are kept here."
        onClick={() => (open.value = !open.value)}
      >
        <Icon name="chevron" />
        Summarised {plural(messages, 'message')}
      </button>
      {open.value && (
        <div class="summary">
          <Prose text={summary} streaming={false} />
        </div>
      )}
    </div>
  )
}

/** While a summary is made; why none could be made. */
export function CompactionProgress({ turnId }: { turnId: string }): JSX.Element | null {
  const { store } = usePanel()
  const making = useComputed(() => store.session.value.compacting?.turnId === turnId).value
  const error = useComputed(() => store.session.value.compactionError).value
  const last = useComputed(() => store.turnIds.value.at(-1) === turnId).value
  if (!making && (error === undefined || !last)) return null
  return (
    <div class="tag">
      <Icon name={making ? 'clock' : 'warning'} />
      {making ? 'Summarising the conversation to make room' : `The conversation could not be summarised. ${error}`}
    </div>
  )
}
