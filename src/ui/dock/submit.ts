import type { Panel } from '../panel.ts'

/**
 * Sends what was typed.
 *
 * @param how what it does while a turn runs: it redirects the turn, or waits for its end
 */
export function submit({ store, draft, post, follow }: Panel, how: 'steer' | 'queue'): void {
  const text = draft.text.peek().trim()
  if (text === '') return
  post({ type: store.session.peek().status === 'running' ? how : 'send', text })
  draft.set('')
  follow.toEnd()
}
