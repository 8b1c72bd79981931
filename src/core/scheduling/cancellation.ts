import type { CancelReason } from '../../protocol/events.ts'

const strength: Record<CancelReason, number> = { steer: 0, timeout: 1, stop: 2, dispose: 3 }

interface Disposable {
  dispose(): void
}

/**
 * The cooperative token of a call, a turn or a session. It has the shape of `vscode.CancellationToken`, and can be
 * passed to VS Code as it is; `signal` is for `fetch`, `openai` and `child_process`.
 */
export interface CancellationToken {
  readonly isCancellationRequested: boolean
  /** The strongest reason so far. */
  readonly reason: CancelReason | undefined
  readonly signal: AbortSignal
  /** Fires once, at the first cancellation; at once, in a microtask, when that has been. */
  readonly onCancellationRequested: (
    listener: (event: unknown) => unknown,
    thisArgs?: unknown,
    disposables?: Disposable[],
  ) => Disposable
  /** @throws {CancelledError} when cancellation was requested */
  throwIfCancelled(): void
}

/** What a cancelled wait throws. */
export class CancelledError extends Error {
  readonly reason: CancelReason
  constructor(reason: CancelReason) {
    super(`cancelled: ${reason}`)
    this.name = 'CancelledError'
    this.reason = reason
  }
}

/** Owns one token. Children see their parent's cancellation; a child's own touches nobody else. */
export class CancellationSource {
  /** Made when it is asked for: most tokens never are. */
  #controller: AbortController | undefined
  readonly #listeners = new Set<() => void>()
  readonly #children = new Set<CancellationSource>()
  #parent: CancellationSource | undefined
  #reason: CancelReason | undefined
  readonly token: CancellationToken

  constructor(parent?: CancellationSource) {
    const source = this
    this.#parent = parent
    this.token = {
      get isCancellationRequested() {
        return source.#reason !== undefined
      },
      get reason() {
        return source.#reason
      },
      get signal() {
        return source.#signal()
      },
      onCancellationRequested: (listener, thisArgs, disposables) => source.#listen(listener, thisArgs, disposables),
      throwIfCancelled: () => {
        if (source.#reason !== undefined) throw new CancelledError(source.#reason)
      },
    }
    if (parent === undefined) return
    parent.#children.add(this)
    if (parent.#reason !== undefined) this.cancel(parent.#reason)
  }

  /** Cancels with a reason; a stronger one than before replaces it, a weaker one is ignored. */
  cancel(reason: CancelReason): void {
    const before = this.#reason
    if (before !== undefined && strength[before] >= strength[reason]) return
    this.#reason = reason
    for (const child of this.#children) child.cancel(reason)
    if (before !== undefined) return
    this.#controller?.abort(new CancelledError(reason))
    const listeners = [...this.#listeners]
    this.#listeners.clear()
    for (const listener of listeners) tell(listener)
  }

  /** Leaves its parent for the one above it, whose cancellation it sees from now on. */
  moveUp(): void {
    if (this.#parent === undefined) return
    this.#parent.#children.delete(this)
    this.#parent = this.#parent.#parent
    if (this.#parent === undefined) return
    this.#parent.#children.add(this)
    if (this.#parent.#reason !== undefined) this.cancel(this.#parent.#reason)
  }

  /** Leaves the parent; the token stays as it is. */
  dispose(): void {
    if (this.#parent !== undefined) this.#parent.#children.delete(this)
    this.#parent = undefined
    this.#listeners.clear()
  }

  /** How much hangs on this source; a leak shows here. */
  get attached(): { listeners: number; children: number } {
    return { listeners: this.#listeners.size, children: this.#children.size }
  }

  #signal(): AbortSignal {
    if (this.#controller !== undefined) return this.#controller.signal
    this.#controller = new AbortController()
    if (this.#reason !== undefined) this.#controller.abort(new CancelledError(this.#reason))
    return this.#controller.signal
  }

  #listen(listener: (event: unknown) => unknown, thisArgs?: unknown, disposables?: Disposable[]): Disposable {
    let live = true
    const fire = (): void => {
      if (live) listener.call(thisArgs, undefined)
    }
    if (this.#reason === undefined) this.#listeners.add(fire)
    else queueMicrotask(fire)
    const registration = {
      dispose: () => {
        live = false
        this.#listeners.delete(fire)
      },
    }
    disposables?.push(registration)
    return registration
  }
}

/** One listener's fault is reported as the host reports such, and keeps nobody else from hearing. */
function tell(listener: () => void): void {
  try {
    listener()
  } catch (error) {
    queueMicrotask(() => {
      throw error
    })
  }
}

/** A token that nothing cancels. */
export const neverCancelled: CancellationToken = new CancellationSource().token

/**
 * The promise's outcome, or a `CancelledError` as soon as the token is cancelled. What the promise brings later goes to
 * `late`, so that a ticket taken too late can be given back.
 */
export function orCancelled<T>(promise: Promise<T>, token: CancellationToken, late?: (value: T) => void): Promise<T> {
  return new Promise<T>((resolve, reject) => {
    let open = true
    const registration = token.onCancellationRequested(() => {
      open = false
      reject(new CancelledError(token.reason ?? 'stop'))
    })
    promise.then(
      (value) => {
        registration.dispose()
        if (open) resolve(value)
        else late?.(value)
      },
      (error: unknown) => {
        registration.dispose()
        reject(error instanceof Error ? error : new Error(String(error)))
      },
    )
  })
}
