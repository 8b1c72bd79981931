import * as vscode from 'vscode'
import type { SessionState } from '../../protocol/state.ts'
import { beforeTexts } from './changes.ts'
import type { ReviewParts, Reviews } from './reviews.ts'

interface Parts extends ReviewParts {
  log: { error(message: string, error: unknown): void }
}

/** The review of what turns changed. Nothing of it is loaded until a turn has changed a file. */
export class Review {
  readonly #parts: Parts
  readonly #listeners: vscode.Disposable[]
  readonly #seen = new Set<string>()
  #loading: Promise<Reviews> | undefined

  constructor(parts: Parts) {
    this.#parts = parts
    const { agent, texts } = parts
    this.#listeners = [
      beforeTexts(texts),
      agent.onOpened(({ id, state }) => {
        if (this.#seen.has(id)) return
        this.#seen.add(id)
        void this.#take(
          state,
          state.turns.filter(({ endedAt }) => endedAt !== undefined).map((turn) => turn.id),
        )
      }),
      agent.onEvent(({ sessionId, event }) => {
        const state = event.type === 'turnEnded' ? agent.state(sessionId) : undefined
        if (state !== undefined) void this.#take(state, [event.turnId])
      }),
    ]
  }

  ready(): Promise<Reviews> {
    this.#loading ??= this.#load()
    return this.#loading
  }

  dispose(): void {
    for (const listener of this.#listeners) listener.dispose()
  }

  async #take(state: SessionState, turnIds: readonly string[]): Promise<void> {
    const turns = new Set(turnIds)
    if (!state.calls.some(({ turnId, changes }) => changes?.length && turns.has(turnId))) return
    try {
      await (await this.ready()).take(state, turnIds)
    } catch (error) {
      this.#parts.log.error('The changes of a turn cannot be reviewed', error)
    }
  }

  async #load(): Promise<Reviews> {
    const [{ Reviews: Loaded }, { HunkLenses }, { HunkDecorations }] = await Promise.all([
      import('./reviews.ts'),
      import('./lenses.ts'),
      import('./decorations.ts'),
    ])
    const reviews = new Loaded(this.#parts)
    this.#listeners.push(
      reviews,
      new HunkDecorations(reviews),
      vscode.languages.registerCodeLensProvider({ scheme: 'file' }, new HunkLenses(reviews)),
      followReviews(reviews),
    )
    return reviews
  }
}

/** Keeps the context key `stretto.reviewing`: whether some hunk needs a verdict. */
function followReviews(reviews: Reviews): vscode.Disposable {
  let told = false
  return reviews.onChanged(() => {
    const reviewing = reviews.openFiles().length > 0
    if (reviewing === told) return
    told = reviewing
    void vscode.commands.executeCommand('setContext', 'stretto.reviewing', reviewing)
  })
}
