import type { Clock, Diagnostics, FileTarget, Problem } from '../ports.ts'
import type { CancellationToken } from '../scheduling/cancellation.ts'
import { listProblems } from './diagnostics.ts'

/** How long a language service may take to speak of a change, in ms; and how long it is listened to after that. */
const SPEAK_MS = 800
const QUIET_MS = 120
/** The least that it is waited for, when it has always been quicker. */
const SOON_MS = 150
const MOST = 20

/** Listens from before a change on, until it is disposed of. */
export interface ProblemWatch extends Disposable {
  /** What is wrong since the change and was not before, for the model; undefined when nothing is. To be called once. */
  news(token: CancellationToken): Promise<string | undefined>
}

/**
 * The problems that edits cause. Nothing is waited for where no language service has ever spoken of such files; else no
 * longer than twice what the service has taken at most so far, since one that finds nothing new may say nothing.
 */
export class ProblemNews {
  readonly #diagnostics: Diagnostics
  readonly #clock: Clock
  #slowest: number | undefined

  constructor(diagnostics: Diagnostics, clock: Clock) {
    this.#diagnostics = diagnostics
    this.#clock = clock
  }

  watch(targets: readonly FileTarget[]): ProblemWatch {
    const watched = targets.filter((target) => this.#diagnostics.speaksOf(target))
    if (watched.length === 0) return { news: () => Promise.resolve(undefined), [Symbol.dispose]: () => {} }
    const before = countOf(this.#problemsOf(watched))
    const heard = new Set<string>()
    let hear = (): void => {}
    const listener = this.#diagnostics.onChanged((target) => {
      if (!watched.some(({ path }) => path === target.path)) return
      heard.add(target.path)
      hear()
    })
    return {
      news: async (token) => {
        await this.#spoken(
          () => heard.size === watched.length,
          (listen) => (hear = listen),
          token,
        )
        const found = this.#problemsOf(watched).filter((problem) => !taken(before, problem))
        return found.length === 0 ? undefined : `New problems since:\n${listProblems(found, MOST)}`
      },
      [Symbol.dispose]: () => listener.dispose(),
    }
  }

  #problemsOf(targets: readonly FileTarget[]): Problem[] {
    const all = targets.flatMap((target) => this.#diagnostics.problems(target))
    return all.filter(({ severity }) => severity === 'error' || severity === 'warning')
  }

  /** Settles when all has been heard and it is quiet, when it takes too long, or when it is cancelled. */
  #spoken(isAll: () => boolean, listen: (hear: () => void) => void, token: CancellationToken): Promise<void> {
    const begun = this.#clock.now()
    const most = Math.min(SPEAK_MS, Math.max(SOON_MS, 2 * (this.#slowest ?? SPEAK_MS)))
    return new Promise((resolve) => {
      const timers = new DisposableStack()
      const end = (): void => {
        timers.dispose()
        resolve()
      }
      const after = (ms: number): void => {
        const timer = this.#clock.after(ms, end)
        timers.defer(() => timer.dispose())
      }
      const registration = token.onCancellationRequested(end)
      timers.defer(() => registration.dispose())
      const hear = (): void => {
        if (timers.disposed) return
        this.#slowest = Math.max(this.#slowest ?? 0, this.#clock.now() - begun)
        if (isAll()) after(QUIET_MS)
      }
      listen(hear)
      after(most)
      if (isAll()) after(QUIET_MS)
    })
  }
}

function keyOf({ path, severity, message, source }: Problem): string {
  return JSON.stringify([path, severity, message, source])
}

function countOf(problems: readonly Problem[]): Map<string, number> {
  const counts = new Map<string, number>()
  for (const problem of problems) counts.set(keyOf(problem), (counts.get(keyOf(problem)) ?? 0) + 1)
  return counts
}

/** Whether it was there before: lines move, so that they do not count. */
function taken(before: Map<string, number>, problem: Problem): boolean {
  const left = before.get(keyOf(problem)) ?? 0
  before.set(keyOf(problem), left - 1)
  return left > 0
}
