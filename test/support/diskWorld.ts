import { mkdirSync, mkdtempSync, readFileSync, realpathSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { applyEdits, normalise, ordered } from '../../src/core/edits/textEdits.ts'
import { versionOf } from '../../src/core/edits/version.ts'
import type { Clock, Documents, FileTarget, Receipt, Workspace } from '../../src/core/ports.ts'
import { Processes } from '../../src/core/processes/processes.ts'
import { Locks } from '../../src/core/scheduling/locks.ts'
import { Checkpoints } from '../../src/core/sessions/checkpoints.ts'
import { lockedFiles } from '../../src/core/sessions/rawFiles.ts'
import { recordedDocuments } from '../../src/core/sessions/recordedDocuments.ts'
import { Restorer } from '../../src/core/sessions/restorer.ts'
import type { Text } from '../../src/core/sessions/undoSpans.ts'
import { failed } from '../../src/core/tools/tool.ts'
import { findRipgrep } from '../../src/host/ripgrep.ts'
import { emptySession, reduce, type SessionState } from '../../src/protocol/state.ts'
import { systemClock } from '../../src/host/clock.ts'
import { silentLog } from './openGate.ts'

/** Gives no two moments the same time. */
export function strictClock(): Clock {
  let last = 0
  return {
    after: (ms, callback) => systemClock.after(ms, callback),
    now: () => (last = Math.max(last + 1, Date.now())),
  }
}

/** A folder of real files with buffers over them, and a session's turns with their checkpoints. */
export class DiskWorld implements AsyncDisposable {
  readonly folder = realpathSync(mkdtempSync(join(tmpdir(), 'stretto-disk-')))
  readonly storage = mkdtempSync(join(tmpdir(), 'stretto-kept-'))
  readonly clock = strictClock()
  readonly processes = new Processes()
  readonly buffers = new Map<string, string>()
  readonly checkpoints: Checkpoints
  readonly documents: Documents
  readonly restorer: Restorer
  state: SessionState = emptySession('s1')

  constructor() {
    const workspace: Workspace = { folders: () => [{ name: 'w', path: this.folder }], trusted: () => true }
    const { processes, clock } = this
    const ripgrep = (): Promise<string> => findRipgrep('')
    this.checkpoints = new Checkpoints({ workspace, processes, ripgrep, clock, folder: this.storage, log: silentLog })
    const plain = this.#documents()
    this.documents = recordedDocuments(plain, this.checkpoints)
    const raw = lockedFiles(plain, new Locks())
    this.restorer = new Restorer({ checkpoints: this.checkpoints, documents: this.documents, raw, workspace })
  }

  target(name: string): FileTarget {
    const path = join(this.folder, name)
    return { path, asked: path, display: name, inside: true }
  }

  /** What its reader sees: the buffer, or the file. */
  text(name: string): string | undefined {
    return this.buffers.get(name) ?? this.disk(name)
  }

  disk(name: string): string | undefined {
    try {
      return normalise(readFileSync(join(this.folder, name), 'utf8'))
    } catch {
      return undefined
    }
  }

  /** Somebody writes to the disk, and the editor hears nothing of it. */
  write(name: string, content: string | Uint8Array | undefined): void {
    const path = join(this.folder, name)
    if (content === undefined) return rmSync(path, { force: true })
    mkdirSync(dirname(path), { recursive: true })
    writeFileSync(path, content)
  }

  /** The user types. */
  type(name: string, text: string): void {
    const found = this.disk(name)
    if (found !== undefined && !this.buffers.has(name)) this.checkpoints.onFound(this.target(name), found)
    this.buffers.set(name, text)
  }

  save(name: string): void {
    const text = this.buffers.get(name)
    if (text === undefined) return
    this.write(name, text)
    this.buffers.delete(name)
    this.checkpoints.onWritten(this.target(name), text)
  }

  begin(turnId: string): { sessionId: string; turnId: string; callId: string } {
    const at = this.clock.now()
    const event = { type: 'turnStarted', messageId: `m${turnId}`, text: turnId, source: 'panel', model: '' } as const
    this.state = reduce(this.state, { ...event, at, turnId })
    return { sessionId: 's1', turnId, callId: 'c1' }
  }

  async end(turnId: string): Promise<void> {
    this.state = reduce(this.state, { type: 'turnEnded', status: 'completed', at: this.clock.now(), turnId })
    await this.checkpoints.end({ sessionId: 's1', turnId })
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.checkpoints.dispose()
    await this.processes.dispose()
    rmSync(this.folder, { recursive: true, force: true })
    rmSync(this.storage, { recursive: true, force: true })
  }

  #documents(): Documents {
    return {
      change: async ([change]) => {
        await Promise.resolve()
        if (change?.kind !== 'delete') return failed('unsupported', 'Only one file can be deleted.')
        const { target, compute } = change
        const text = this.text(target.display)
        if (this.buffers.has(target.display)) return failed('unsaved_changes', `${target.display} is unsaved.`)
        const computed = compute({ text, version: versionOf(text) })
        if ('kind' in computed) return computed
        this.write(target.display, undefined)
        this.checkpoints.onWritten(target, undefined)
        return [receiptOf(target, text, undefined, true)]
      },
      read: async ({ display }) => {
        const text = this.text(display)
        if (text === undefined) return failed('not_found', `${display} is not there.`)
        return { kind: 'read', text, version: versionOf(text), dirty: this.buffers.has(display) }
      },
      unsaved: () => [...this.buffers.keys()].map((name) => this.target(name)),
      edit: async (target, compute) => {
        const { display } = target
        await Promise.resolve()
        const text = this.text(display)
        const computed = compute({ text, version: versionOf(text) })
        if ('kind' in computed) return computed
        const after = applyEdits(text ?? '', ordered(computed.edits, text?.length ?? 0))
        const saved = !this.buffers.has(display)
        if (!saved) this.buffers.set(display, after)
        // VS Code tells of a save before the editor has its receipt.
        else this.#saveAs(display, after)
        return receiptOf(target, text, after, saved)
      },
    }
  }

  #saveAs(name: string, text: string): void {
    this.write(name, text)
    this.checkpoints.onWritten(this.target(name), text)
  }
}

function receiptOf({ display: path, path: uri }: FileTarget, before: Text, after: Text, saved: boolean): Receipt {
  const change = { path, uri, kind: 'modified' as const, added: 0, removed: 0, diff: [], omitted: 0, saved }
  return { kind: 'edited', before: versionOf(before), after: versionOf(after), change, saved }
}
