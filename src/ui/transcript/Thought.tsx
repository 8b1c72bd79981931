import { type Signal, useComputed } from '@preact/signals'
import type { JSX } from 'preact'
import { useState } from 'preact/hooks'
import type { MessageState } from '../../protocol/state.ts'
import { usePanel } from '../panel.ts'
import { span } from '../words/spans.ts'

type Assistant = Extract<MessageState, { role: 'assistant' }>

/** What the model thought before it answered: one folded line, and the words when it is opened. */
export function Thought({ step }: { step: Signal<Assistant | undefined> }): JSX.Element | null {
  const { follow } = usePanel()
  const [open, setOpen] = useState(false)
  const thinks = useComputed(() => {
    const { text = '', callIds = [], drafts = [], streaming = false } = step.value ?? {}
    return streaming && text === '' && callIds.length + drafts.length === 0
  }).value
  const length = useComputed(() => {
    const { thought, at = 0 } = step.value ?? {}
    return thought === undefined ? undefined : thought.to - at
  }).value
  if (length === undefined) return null
  const toggled = (details: HTMLDetailsElement): void => {
    follow.hold()
    setOpen(details.open)
  }
  return (
    <details class="context" onToggle={(event) => toggled(event.currentTarget)}>
      <summary>{thinks ? 'Thinking …' : `Thought for ${span(length)}`}</summary>
      {open && <pre class="out wrap">{step.value?.thought?.text}</pre>}
    </details>
  )
}
