import type { TurnError } from '../../protocol/events.ts'

/** What a turn needs to know of a step to go on, or not. */
export interface StepEnd {
  /** Calls that the model asked for, run or refused. */
  calls: number
  /** Those of them whose arguments are not JSON. */
  unreadable: number
  /** Why its answer is not whole. */
  error: TurnError | undefined
}

/** How many answers in a row may break off after calls that ran, before the user is asked. */
const BREAKS = 3
/** How many answers in a row may have no readable call; the model sees the error after each but the last. */
const MISREADS = 2

/** What went wrong in the steps of one turn, one after another. */
export class Stumbles {
  #breaks = 0
  #misreads = 0

  /** Why the turn cannot go on after this step; undefined when it can. */
  after({ calls, unreadable, error }: StepEnd): TurnError | undefined {
    this.#breaks = error?.code === 'cut' ? this.#breaks + 1 : 0
    this.#misreads = calls > 0 && unreadable === calls ? this.#misreads + 1 : 0
    // What ran stands, and the model is told what was lost: it can go on by itself.
    const goesOn = error?.code === 'cut' && calls > 0 && this.#breaks < BREAKS
    if (error !== undefined && !goesOn) return error
    return this.#misreads < MISREADS ? undefined : unreadableCalls
  }
}

const unreadableCalls: TurnError = {
  code: 'unreadable_calls',
  message:
    'The model was told that the arguments of its call are not JSON, and wrote another that is not. Ask to continue, or choose another model.',
}
