import { useSignal } from '@preact/signals'
import type { JSX } from 'preact'
import type { UserQuestion } from '../../protocol/events.ts'
import { usePanel } from '../panel.ts'
import { leaveTo } from './Approval.tsx'

/** The model's question to the user: its options as buttons, and a box for another answer. */
export function Question({ callId, question }: { callId: string; question: UserQuestion }): JSX.Element {
  const { post, cards } = usePanel()
  const text = useSignal('')
  const reply = (answer: string, from: Element): void => {
    if (answer.trim() === '') return
    post({ type: 'reply', callId, text: answer.trim() })
    leaveTo(from)
    cards.answered(callId)
  }
  const onKeyDown = (event: KeyboardEvent & { currentTarget: Element }): void => {
    if (event.key !== 'Enter' || event.shiftKey || event.isComposing || event.keyCode === 229) return
    event.preventDefault()
    reply(text.peek(), event.currentTarget)
  }
  return (
    <>
      <p class="question">{question.question}</p>
      {question.options.length > 0 && (
        <div class="acts">
          {question.options.map((option) => (
            <button key={option} class="btn" type="button" onClick={(event) => reply(option, event.currentTarget)}>
              {option}
            </button>
          ))}
        </div>
      )}
      <div class="reply">
        <textarea
          class="reply-box"
          rows={1}
          aria-label="Your answer"
          placeholder={question.options.length > 0 ? 'Or another answer' : 'Your answer'}
          value={text}
          onInput={(event) => (text.value = event.currentTarget.value)}
          onKeyDown={onKeyDown}
        />
        <button
          class="btn main"
          type="button"
          aria-disabled={text.value.trim() === ''}
          onClick={(event) => reply(text.peek(), event.currentTarget)}
        >
          Answer
        </button>
      </div>
    </>
  )
}
