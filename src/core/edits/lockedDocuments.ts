import type {
  Clock,
  Compute,
  DocumentChange,
  Documents,
  EditHooks,
  Failure,
  FileTarget,
  ReadDocument,
  Receipt,
} from '../ports.ts'
import { type CancellationToken, CancelledError } from '../scheduling/cancellation.ts'
import type { Held, Locks } from '../scheduling/locks.ts'
import { Slots } from '../scheduling/slots.ts'
import { commitGroup } from './commit.ts'
import type { DocumentStore, SavePolicy } from './documentStore.ts'
import { EditGroup } from './editGroup.ts'
import { EditHistory } from './history.ts'
import { LeftUnsaved, StuckFiles } from './memory.ts'
import { pathsOf, Transaction } from './transaction.ts'
import type { CommitParts } from './work.ts'

/** VS Code's extension host keeps about 50 documents open; more at once are closed under our hands. */
const OPEN_AT_ONCE = 40

export interface LockedDocumentsParts {
  store: DocumentStore
  /** One lock a physical file; shared with whoever else writes files. */
  locks: Locks
  clock: Clock
  /** Asked at each save. */
  savePolicy: (target: FileTarget) => SavePolicy
}

/**
 * Documents behind one lock a physical file. Edits that queue for one file are combined: each is computed on the text
 * that the ones before it left, then all are applied as one change and saved once.
 */
export class LockedDocuments implements Documents {
  readonly #parts: CommitParts
  readonly #locks: Locks
  readonly #slots = new Slots(() => OPEN_AT_ONCE)
  /** Groups that still take edits. */
  readonly #open = new Map<string, EditGroup>()

  constructor({ locks, ...parts }: LockedDocumentsParts) {
    this.#locks = locks
    this.#parts = { ...parts, stuck: new StuckFiles(), leftUnsaved: new LeftUnsaved(), history: new EditHistory() }
  }

  async read(target: FileTarget, token: CancellationToken): Promise<ReadDocument | Failure> {
    token.throwIfCancelled()
    const document = await this.#parts.store.read(target, token)
    if (document.kind === 'read') this.#parts.history.saw(target.path, document.text, document.dirty)
    return document
  }

  edit(target: FileTarget, compute: Compute, token: CancellationToken, hooks?: EditHooks): Promise<Receipt | Failure> {
    if (token.isCancellationRequested) return Promise.reject(new CancelledError(token.reason ?? 'stop'))
    const open = this.#open.get(target.path)
    const group = open === undefined || open.token.isCancellationRequested ? this.#start(target) : open
    return group.add({ target, compute, hooks: hooks ?? {} }, token)
  }

  change(
    changes: readonly DocumentChange[],
    token: CancellationToken,
    hooks: EditHooks = {},
  ): Promise<Receipt[] | Failure> {
    if (token.isCancellationRequested) return Promise.reject(new CancelledError(token.reason ?? 'stop'))
    const paths = changes.flatMap(pathsOf)
    const requests = paths.map((key) => ({ key, mode: 'write' as const }))
    const held = this.#locks.hold(requests, token, hooks.onPlace)
    // An edit that comes later waits for this, and joins none that came before it.
    for (const path of paths) this.#open.get(path)?.close()
    return this.#change(held, new Transaction(changes, this.#parts, hooks), token)
  }

  unsaved(): readonly FileTarget[] {
    return this.#parts.store.unsaved()
  }

  async #change(
    ticket: Promise<Held>,
    transaction: Transaction,
    token: CancellationToken,
  ): Promise<Receipt[] | Failure> {
    using _held = await ticket
    await this.#slots.take(token)
    try {
      return await transaction.run(token)
    } finally {
      this.#slots.give()
    }
  }

  #start(target: FileTarget): EditGroup {
    const { path } = target
    const group = new EditGroup(target, () => {
      if (this.#open.get(path) === group) this.#open.delete(path)
    })
    this.#open.set(path, group)
    void this.#run(group)
    return group
  }

  async #run(group: EditGroup): Promise<void> {
    try {
      const settle = await this.#commit(group)
      settle()
    } catch (error) {
      group.close()
      group.failAll(error)
    }
  }

  /** Gives the lock back before anybody hears of the result. */
  async #commit(group: EditGroup): Promise<() => void> {
    const onPlace = (place: number): void => group.tellPlaces(place)
    using _held = await this.#locks.hold([{ key: group.target.path, mode: 'write' }], group.token, onPlace)
    group.tellPlaces(0)
    await this.#slots.take(group.token)
    try {
      return await commitGroup(group, this.#parts)
    } finally {
      this.#slots.give()
    }
  }
}
