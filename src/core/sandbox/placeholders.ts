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

  /** @param roots of folders in which a process may write */
  async hold(roots: readonly string[]): Promise<AsyncDisposable & { paths: string[] }> {
    const wanted = roots.flatMap((root) => NAMES.map((name) => join(root, name)))
    const paths = (await Promise.all(wanted.map((path) => this.#take(path)))).filter((path) => path !== undefined)
    return { paths, [Symbol.asyncDispose]: () => this.#release(paths) }
  }

  async #take(path: string): Promise<string | undefined> {
    const users = this.#users.get(path) ?? 0
    this.#users.set(path, users + 1)
    if (users > 0) return path
    try {
      await mkdir(path)
      return path
    } catch (error) {
      this.#users.delete(path)
      if (error instanceof Error && 'code' in error && ['EEXIST', 'ENOENT', 'ENOTDIR'].includes(String(error.code)))
        return undefined
      throw error
    }
  }

  async #release(paths: readonly string[]): Promise<void> {
    await Promise.all(
      paths.map(async (path) => {
        const users = (this.#users.get(path) ?? 1) - 1
        if (users > 0) return void this.#users.set(path, users)
        this.#users.delete(path)
        await rmdir(path).catch(unlessKept)
      }),
    )
  }
}

/** Somebody put something into it, or took it away: it is theirs now. */
function unlessKept(error: unknown): void {
  const code = error instanceof Error && 'code' in error ? error.code : undefined
  if (code !== 'ENOTEMPTY' && code !== 'ENOENT' && code !== 'EEXIST') throw error
}
