import { posix } from 'node:path'
import * as vscode from 'vscode'

interface Entry extends vscode.FileStat {
  data: Uint8Array
}

/** A file system of VS Code's that is none of this machine. */
export class MemoryFiles implements vscode.FileSystemProvider, vscode.Disposable {
  readonly scheme: string
  /** Awaited before each write. */
  beforeWrite: () => Promise<void> = () => Promise.resolve()
  isFull = false
  readonly #entries = new Map<string, Entry>([['/', folder()]])
  readonly #changed = new vscode.EventEmitter<vscode.FileChangeEvent[]>()
  readonly #registration: vscode.Disposable
  readonly onDidChangeFile = this.#changed.event

  constructor(scheme: string, isReadonly = false) {
    this.scheme = scheme
    this.#registration = vscode.workspace.registerFileSystemProvider(scheme, this, {
      isCaseSensitive: true,
      isReadonly,
    })
  }

  uri(path: string): vscode.Uri {
    return vscode.Uri.from({ scheme: this.scheme, authority: 'test', path })
  }

  text(path: string): string | undefined {
    const entry = this.#entries.get(path)
    return entry && Buffer.from(entry.data).toString()
  }

  /** As another program does. */
  put(path: string, content: string): void {
    this.#put(path, Buffer.from(content))
  }

  stat({ path }: vscode.Uri): vscode.FileStat {
    return this.#get(path)
  }

  readFile({ path }: vscode.Uri): Uint8Array {
    return this.#get(path).data
  }

  async writeFile({ path }: vscode.Uri, content: Uint8Array): Promise<void> {
    await this.beforeWrite()
    if (this.isFull) throw new vscode.FileSystemError('no space left on the device')
    if (!this.#entries.has(posix.dirname(path))) throw vscode.FileSystemError.FileNotFound(path)
    this.#put(path, content)
  }

  createDirectory({ path }: vscode.Uri): void {
    this.#entries.set(path, folder())
  }

  readDirectory({ path }: vscode.Uri): [string, vscode.FileType][] {
    const inIt = [...this.#entries].filter(([name]) => name !== '/' && posix.dirname(name) === path)
    return inIt.map(([name, { type }]) => [posix.basename(name), type])
  }

  delete({ path }: vscode.Uri): void {
    this.#entries.delete(path)
  }

  rename(from: vscode.Uri, to: vscode.Uri): void {
    this.#put(to.path, this.#get(from.path).data)
    this.#entries.delete(from.path)
  }

  watch(): vscode.Disposable {
    return new vscode.Disposable(() => undefined)
  }

  dispose(): void {
    this.#registration.dispose()
    this.#changed.dispose()
  }

  #get(path: string): Entry {
    const entry = this.#entries.get(path)
    if (entry === undefined) throw vscode.FileSystemError.FileNotFound(path)
    return entry
  }

  #put(path: string, data: Uint8Array): void {
    const old = this.#entries.get(path)
    const mtime = Math.max(Date.now(), (old?.mtime ?? 0) + 1)
    this.#entries.set(path, { type: vscode.FileType.File, ctime: old?.ctime ?? mtime, mtime, size: data.length, data })
    const type = old === undefined ? vscode.FileChangeType.Created : vscode.FileChangeType.Changed
    this.#changed.fire([{ type, uri: this.uri(path) }])
  }
}

function folder(): Entry {
  return { type: vscode.FileType.Directory, ctime: 0, mtime: 0, size: 0, data: new Uint8Array() }
}
