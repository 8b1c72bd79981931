import * as z from 'zod'
import type { Tool } from './tool.ts'

const input = z.strictObject({
  items: z
    .array(z.strictObject({ text: z.string().min(1), status: z.enum(['pending', 'active', 'done']) }))
    .max(100)
    .describe('The whole list: it replaces the one before.'),
})
export type TodoInput = z.infer<typeof input>

const marks = { pending: '[ ]', active: '[~]', done: '[x]' } as const

/** The session's list of things to do. The call's input is the list: the journal needs no other copy. */
export function todo(): Tool<TodoInput> {
  return {
    name: 'todo',
    description:
      'Replaces your list of things to do, which the user sees. For work of several steps; keep one item active, and mark each done as soon as it is.',
    input,
    onSteer: 'finish',
    deadlineMs: 10_000,
    summary: ({ items }) => items.find(({ status }) => status === 'active')?.text ?? '',
    plan({ items }) {
      const done = items.filter(({ status }) => status === 'done').length
      const text = items.map((item) => `${marks[item.status]} ${item.text}`).join('\n') || 'The list is empty.'
      return Promise.resolve({
        claims: [],
        action: { kind: 'session' },
        run: () => Promise.resolve({ kind: 'completed', text, fact: `${done} of ${items.length} done` }),
      })
    },
  }
}
