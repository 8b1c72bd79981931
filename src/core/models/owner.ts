import type { Worker } from 'node:worker_threads'

/** What a client lives in. When it ends, its clients are given to nobody any more. */
export interface ClientOwner {
  /** No two owners that live at the same time share one. */
  readonly id: string
  /** Calls back once when it ends; at once when it has. */
  onEnded(listener: () => void): { dispose(): void }
}

/** An owner that somebody ends by hand: a window, a session. */
export class Owner implements ClientOwner {
  readonly id: string
  readonly #listeners = new Set<() => void>()
  #ended = false

  constructor(id: string) {
    this.id = id
  }

  onEnded(listener: () => void): { dispose(): void } {
    if (this.#ended) listener()
    else this.#listeners.add(listener)
    return { dispose: () => this.#listeners.delete(listener) }
  }

  end(): void {
    this.#ended = true
    const listeners = [...this.#listeners]
    this.#listeners.clear()
    for (const listener of listeners) listener()
  }
}

/** A worker thread: it ends with its thread, however that comes. */
export function workerOwner(worker: Worker): ClientOwner {
  const { threadId } = worker
  const owner = new Owner(`worker:${threadId}`)
  // A thread that has ended has no number any more.
  if (threadId === -1) owner.end()
  else worker.once('exit', () => owner.end())
  return owner
}
