import { Mutex } from 'async-mutex'
import { mkdir, rmdir } from 'node:fs/promises'
import { join } from 'node:path'

/** Folders that VS Code or git read as soon as they appear at the top of a workspace. */
const NAMES = ['.vscode', '.git', '.devcontainer', '.stretto']

/**
 * Empty folders in place of protected ones that are missing, for only what exists can be mounted read-only. They are
 * there while a process runs that could make them.
 */
export class Placeholders {
  readonly #users = new Map<string, number>()
  /** A folder that one process lets go is not half gone when the next one needs it. */
  readonly #turn = new Mutex()

  /** @param roots of folders in which a process may write */
  async hold(roots: readonly string[]): Promise<AsyncDisposable> {
    const wanted = roots.flatMap((root) => NAMES.map((name) => join(root, name)))
    const held: string[] = []
    await this.#turn.runExclusive(async () => {
      for (const path of wanted) if (await this.#take(path)) held.push(path)
    })
    return { [Symbol.asyncDispose]: () => this.#turn.runExclusive(() => this.#release(held)) }
  }

  /** False for what is there and not ours. */
  async #take(path: string): Promise<boolean> {
    const users = this.#users.get(path) ?? 0
    if (users === 0 && !(await made(path))) return false
    this.#users.set(path, users + 1)
    return true
  }

  async #release(paths: readonly string[]): Promise<void> {
    for (const path of paths) {
      const users = (this.#users.get(path) ?? 1) - 1
      if (users > 0) this.#users.set(path, users)
      else {
        this.#users.delete(path)
        await rmdir(path).catch(unlessKept)
      }
    }
  }
}

async function made(path: string): Promise<boolean> {
  try {
    await mkdir(path)
    return true
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? error.code : undefined
    if (code === 'EEXIST' || code === 'ENOENT' || code === 'ENOTDIR') return false
    throw error
  }
}

/** Somebody put something into it, or took it away: it is theirs now. */
function unlessKept(error: unknown): void {
  const code = error instanceof Error && 'code' in error ? error.code : undefined
  if (code !== 'ENOTEMPTY' && code !== 'ENOENT' && code !== 'EEXIST') throw error
}
