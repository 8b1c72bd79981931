import * as z from 'zod'
import type { Tool } from './tool.ts'

const input = z.strictObject({
  question: z.string().min(1),
  options: z
    .array(z.string().min(1))
    .max(10)
    .optional()
    .describe('Answers to choose from; the user may write another.'),
})
export type AskUserInput = z.infer<typeof input>

/** Puts a question to the user, and waits for the answer as long as it takes. */
export function askUser(): Tool<AskUserInput> {
  return {
    name: 'ask_user',
    description:
      'Asks the user a question and waits for the answer. Only for what you cannot find out yourself and cannot decide. Other calls go on meanwhile.',
    input,
    onSteer: 'return',
    deadlineMs: undefined,
    summary: ({ question }) => question,
    plan({ question, options = [] }) {
      return Promise.resolve({
        claims: [],
        action: { kind: 'session' },
        async run(progress, token) {
          const answer = await progress.ask({ question, options }, token)
          if (typeof answer !== 'string') return answer
          return { kind: 'completed', text: `The user answered: ${answer}`, fact: 'answered' }
        },
      })
    },
  }
}
