import { setTimeout as delay } from 'node:timers/promises'
import { isAlive, killTree, type Tree } from './killTree.ts'

/** What is just ending at its command's exit has so long, in ms. */
const MOMENT_MS = 100
const LOOK_EVERY_MS = 1_000

/** What a command left running at its exit. */
export class LeftBehind {
  readonly #tree: Tree
  readonly #over = Promise.withResolvers<void>()
  #stopping: Promise<void> | undefined

  private constructor(tree: Tree) {
    this.#tree = tree
    void this.#watch()
  }

  /** Undefined when there is nothing left. */
  static async of(tree: Tree): Promise<LeftBehind | undefined> {
    if (!(await isAlive(tree))) return undefined
    await delay(MOMENT_MS)
    return (await isAlive(tree)) ? new LeftBehind(tree) : undefined
  }

  /** Settles when nothing of it runs any more, up to a second later. */
  get ended(): Promise<void> {
    return this.#over.promise
  }

  /** Settles within 2 s. */
  stop(): Promise<void> {
    this.#stopping ??= killTree(this.#tree).then(() => this.#over.resolve())
    return this.#stopping
  }

  async #watch(): Promise<void> {
    while (this.#stopping === undefined && (await isAlive(this.#tree))) {
      await delay(LOOK_EVERY_MS, undefined, { ref: false })
    }
    await this.#stopping
    this.#over.resolve()
  }
}
