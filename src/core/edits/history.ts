import type { CallOwner } from '../ports.ts'
import { type Blame, blameStep, type Editor, sayBlame } from './blame.ts'
import { versionOf } from './version.ts'

/** Texts kept, over all files, in UTF-16 units. */
const MOST_TEXT = 8 * 1024 * 1024
const MOST_STEPS = 32

interface Step {
  version: string
  text: string
  /** Who made this text of the one before. */
  by: Editor
}

/** Who changed which lines of a file, as far back as texts are kept: for the words of a conflict. */
export class EditHistory {
  readonly #limit: number
  /** The file that was used last stands last. */
  readonly #files = new Map<string, Step[]>()
  #size = 0

  constructor(limit = MOST_TEXT) {
    this.#limit = limit
  }

  /** The text as it was found: what is new in it came from the user, or from the disk. */
  saw(path: string, text: string, dirty: boolean): void {
    this.#add(path, text, dirty ? 'user' : 'disk')
  }

  /** The text as an edit left it; without an owner it was no call's. */
  wrote(path: string, text: string, owner: CallOwner | undefined): void {
    this.#add(path, text, owner ?? 'other')
  }

  /**
   * Who changed which lines from one version to a later one, as a sentence for a call of `reader`'s; undefined when the
   * texts are no longer there, or nothing changed.
   */
  since(path: string, from: string, to: string, reader?: CallOwner): string | undefined {
    const steps = this.#files.get(path) ?? []
    const last = steps.findLastIndex(({ version }) => version === to)
    const first = steps.slice(0, last + 1).findLastIndex(({ version }) => version === from)
    const base = steps[first]
    if (first === -1 || base === undefined || first === last) return undefined
    let blame: Blame[] = base.text.split('\n').map((text) => ({ text }))
    for (const { text, by } of steps.slice(first + 1, last + 1)) blame = blameStep(blame, text, by)
    return sayBlame(blame, reader)
  }

  #add(path: string, text: string, by: Editor): void {
    const steps = this.#files.get(path) ?? []
    const version = versionOf(text)
    this.#files.delete(path)
    this.#files.set(path, steps)
    if (steps.at(-1)?.version === version) return
    steps.push({ version, text, by })
    this.#size += text.length
    if (steps.length > MOST_STEPS) this.#size -= steps.shift()?.text.length ?? 0
    for (const [oldest, its] of this.#files) {
      if (this.#size <= this.#limit) return
      this.#files.delete(oldest)
      this.#size -= its.reduce((sum, step) => sum + step.text.length, 0)
    }
  }
}
