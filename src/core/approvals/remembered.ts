import * as z from 'zod'
import type { RememberedAnswer } from '../../protocol/events.ts'

/** More answers than this are not kept: the oldest is asked about again. */
const MOST = 500

const stored = z.array(
  z.strictObject({
    fingerprint: z.string(),
    tool: z.string(),
    action: z.string(),
    where: z.string().optional(),
    host: z.string().optional(),
  }),
)

/** Where a workspace's answers are kept: on the user's side, never in the repository. */
export interface AnswerStore {
  read(): unknown
  write(value: unknown): void
}

/** The answers that the user wants to hold in all sessions of this workspace. */
export class WorkspaceAnswers {
  readonly #store: AnswerStore
  readonly #answers: Map<string, Omit<RememberedAnswer, 'scope'>>

  constructor(store: AnswerStore) {
    this.#store = store
    const { data = [] } = stored.safeParse(store.read())
    this.#answers = new Map(data.map((answer) => [answer.fingerprint, answer]))
  }

  has(fingerprint: string): boolean {
    return this.#answers.has(fingerprint)
  }

  add({ scope: _scope, ...answer }: RememberedAnswer): void {
    this.#answers.set(answer.fingerprint, answer)
    const [oldest] = this.#answers.keys()
    if (this.#answers.size > MOST && oldest !== undefined) this.#answers.delete(oldest)
    this.#keep()
  }

  /** The same is asked about again from now on. */
  revoke(fingerprint: string): void {
    if (this.#answers.delete(fingerprint)) this.#keep()
  }

  list(): RememberedAnswer[] {
    return [...this.#answers.values()].map((answer) => ({ ...answer, scope: 'workspace' }))
  }

  #keep(): void {
    this.#store.write([...this.#answers.values()])
  }
}
