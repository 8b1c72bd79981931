import { useComputed } from '@preact/signals'
import type { JSX } from 'preact'
import { hasEnded, type CallState, type MessageState } from '../../protocol/state.ts'
import { CallList } from '../calls/CallList.tsx'
import { Icon, StateIcon, toolIcon } from '../icons.tsx'
import { usePanel } from '../panel.ts'
import type { Store } from '../store.ts'
import { Score } from '../score/Score.tsx'
import { Prose } from '../text/Prose.tsx'
import { StepHead } from './StepHead.tsx'
import { Thought } from './Thought.tsx'

type Assistant = Extract<MessageState, { role: 'assistant' }>

const NO_IDS: readonly string[] = []
const NO_DRAFTS: Assistant['drafts'] = []

/** One model request: its words, and the calls it asked for. */
export function Step({ id, turnEnded }: { id: string; turnEnded: boolean }): JSX.Element {
  const { store } = usePanel()
  const step = useComputed(() => {
    const message = store.message(id)?.value
    return message?.role === 'assistant' ? message : undefined
  })
  const callIds = useComputed(() => step.value?.callIds ?? NO_IDS).value
  const drafts = useComputed(() => step.value?.drafts ?? NO_DRAFTS).value
  const streaming = useComputed(() => step.value?.streaming ?? false).value
  const broken = useComputed(() => {
    const why = step.value?.broken
    // What ended the turn stands below it, with what to do.
    return why === store.turn(step.value?.turnId ?? '')?.value.error?.message ? undefined : why
  }).value
  return (
    <>
      <Thought step={step} />
      <Words step={step} streaming={streaming && callIds.length === 0 && drafts.length === 0} />
      {callIds.length + drafts.length > 0 && (
        <Calls stepId={id} ids={callIds} drafts={drafts} streaming={streaming} turnEnded={turnEnded} />
      )}
      {broken !== undefined && <p class="tag">{broken}</p>}
    </>
  )
}

function Words({ step, streaming }: { step: { value: Assistant | undefined }; streaming: boolean }): JSX.Element {
  return <Prose text={step.value?.text ?? ''} streaming={streaming} />
}

interface CallsProps {
  stepId: string
  ids: readonly string[]
  drafts: Assistant['drafts']
  streaming: boolean
  turnEnded: boolean
}

function Calls({ stepId, ids, drafts, streaming, turnEnded }: CallsProps): JSX.Element {
  const { store, cards } = usePanel()
  const calls = ids.flatMap((id) => store.call(id)?.value ?? [])
  const live = streaming || calls.some((call) => !hasEnded(call))
  const chosen = cards.stepChoice(stepId)
  const lone = calls.length < 2
  const open = lone || (chosen ?? (!turnEnded || holdsFocus(calls, cards.focused.value, store)))
  return (
    <div class={`step ${lone ? 'lone' : ''} ${open ? '' : 'folded'} ${live ? 'live' : ''}`} data-step-id={stepId}>
      {!lone && (
        <div class="pin">
          <StepHead stepId={stepId} calls={calls} live={live} open={open} />
          {open && <Score calls={calls} live={live} />}
        </div>
      )}
      <div class="calls" hidden={!open}>
        <CallList calls={calls} />
        {drafts.map((draft) => (
          <Draft key={draft.index} name={draft.name} bytes={draft.bytes} />
        ))}
      </div>
    </div>
  )
}

function holdsFocus(calls: readonly CallState[], focused: string | undefined, store: Store): boolean {
  return focused !== undefined && [focused, ...store.above(focused)].some((id) => calls.some((call) => call.id === id))
}

/** A call whose arguments the model is still writing. */
function Draft({ name, bytes }: { name: string; bytes: number }): JSX.Element {
  return (
    <div class="call draft">
      <div class="row">
        <span class="open">
          <Icon name={toolIcon(name)} class="kind" />
          <span class="tool">{name}</span>
          <span class="what" />
        </span>
        <span class="state proposed">being written</span>
        <span class="time">{bytes < 1024 ? '' : `${(bytes / 1024).toFixed(1)} KB`}</span>
        <span class="glyph proposed" aria-hidden="true">
          <StateIcon kind="proposed" />
        </span>
      </div>
    </div>
  )
}
