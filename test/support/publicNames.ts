import type { Names } from '../../src/core/web/pinned.ts'

/** The address that these tests take for the public internet. */
export const PUBLIC = '127.0.0.1'
/** One that they take for a private network; it is this machine too, so that a connection to it would be seen. */
export const PRIVATE = '127.0.0.2'

/** Every name means, question by question, what the script says; its last answer is repeated. */
export function scriptedNames(...answers: string[][]): Names & { asked: string[] } {
  const asked: string[] = []
  return {
    asked,
    isPublic: (address) => address === PUBLIC,
    resolve: async (name) => {
      const answer = answers[Math.min(asked.length, answers.length - 1)] ?? [PUBLIC]
      asked.push(name)
      return answer.map((address) => ({ address, family: 4 }))
    },
  }
}
