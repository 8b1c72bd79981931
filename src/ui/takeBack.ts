import { effect } from '@preact/signals'
import type { QueuedMessage } from '../protocol/state.ts'
import { focusComposer } from './keyboard.ts'
import type { Panel } from './panel.ts'

type Parts = Pick<Panel, 'store' | 'post' | 'draft'>

/** Takes a message back to edit it. Its words come to the composer when it is certain that they were not sent. */
export function takeBack({ store, post, draft }: Parts, { id, text }: QueuedMessage): void {
  const sessionId = store.session.peek().id
  let settled = false
  post({ type: 'unqueue', messageId: id })
  focusComposer()
  const dispose = effect(() => {
    const { id: shown, queue, steers, messages } = store.session.value
    if (settled || (shown === sessionId && [...queue, ...steers].some((message) => message.id === id))) return
    settled = true
    queueMicrotask(() => dispose())
    if (shown !== sessionId || !messages.some((message) => message.id === id)) draft.prepend(text)
  })
}
