import { join } from 'node:path'
import { isDeepStrictEqual } from 'node:util'
import { physicalPath } from '../approvals/physical.ts'
import type { Failure, Log } from '../ports.ts'
import type { CancellationToken } from '../scheduling/cancellation.ts'
import type { Held } from '../scheduling/locks.ts'
import { failed } from '../tools/tool.ts'
import { checkText, misfit } from './check.ts'
import {
  type Config,
  type ConfigChange,
  type ConfigContent,
  type ConfigFile,
  configFiles,
  type ConfigValue,
} from './config.ts'
import type { FileLocks } from './fileLocks.ts'
import { rewritten } from './jsoncEdits.ts'
import { parseText } from './jsoncText.ts'
import { isFailure, isHolder } from './keys.ts'
import { type FileText, readStamped, replaceFile } from './replaceFile.ts'
import { ConfigWatch } from './watch.ts'

/** How often a change is computed again because a program that knows no lock has written the file meanwhile. */
const MOST_TRIES = 5

const BOM = '\uFEFF'

export interface ConfigStoreParts {
  /** Of the extension, shared by all windows. */
  folder: string
  locks: Pick<FileLocks, 'hold'>
  log: Log
}

/** What is to be written to one file. */
interface Draft {
  file: ConfigFile
  path: string
  before: FileText
  text: string
}

/** The configuration files in a folder of this machine. */
export class ConfigStore implements Config {
  readonly #parts: ConfigStoreParts
  readonly #watch: ConfigWatch

  constructor(parts: ConfigStoreParts) {
    this.#parts = parts
    this.#watch = new ConfigWatch((file) => this.path(file), parts.log)
  }

  /** As the user finds it; it may be a link. */
  path(file: ConfigFile): string {
    return join(this.#parts.folder, `${file}.jsonc`)
  }

  async read<F extends ConfigFile>(file: F): Promise<ConfigContent[F] | Failure> {
    const checked = await this.#checked(file)
    return 'kind' in checked ? checked : checked.content
  }

  async readValue(file: ConfigFile): Promise<ConfigValue | Failure> {
    const checked = await this.#checked(file)
    return 'kind' in checked ? checked : checked.value
  }

  locate(file: ConfigFile): Promise<string> {
    return physicalPath(this.path(file))
  }

  update(file: ConfigFile, change: ConfigChange, token: CancellationToken): Promise<Failure | undefined> {
    return this.updateAll({ [file]: change }, token)
  }

  async updateAll(
    changes: Readonly<Partial<Record<ConfigFile, ConfigChange>>>,
    token: CancellationToken,
  ): Promise<Failure | undefined> {
    try {
      for (let tries = 0; tries < MOST_TRIES; tries++) {
        const done = await this.#attempt(changes, token)
        if (done !== 'outdated') return done
      }
    } catch (error) {
      if (!isSystemError(error)) throw error
      return failed('io', `The configuration could not be written: ${error.message}.`)
    }
    return failed('conflict', 'Another program keeps writing this file. Nothing was changed. Try again later.')
  }

  onChanged(listener: (file: ConfigFile) => void): { dispose(): void } {
    return this.#watch.onChanged(listener)
  }

  dispose(): void {
    this.#watch.dispose()
  }

  async #attempt(
    changes: Readonly<Partial<Record<ConfigFile, ConfigChange>>>,
    token: CancellationToken,
  ): Promise<Failure | 'outdated' | undefined> {
    using held = new DisposableStack()
    const drafts: Draft[] = []
    for (const file of configFiles) {
      const change = changes[file]
      if (change === undefined) continue
      const lock = await this.#hold(file, token)
      if ('kind' in lock) return lock
      held.use(lock)
      const draft = await this.#draft(file, lock.path, change)
      if (draft !== undefined && 'kind' in draft) return draft
      if (draft !== undefined) drafts.push(draft)
    }
    token.throwIfCancelled()
    return await this.#write(drafts)
  }

  /** The lock of the file that is there behind every link. */
  async #hold(file: ConfigFile, token: CancellationToken): Promise<(Held & { path: string }) | Failure> {
    for (;;) {
      token.throwIfCancelled()
      const path = await this.locate(file)
      const lock = await this.#parts.locks.hold(`${path}.lock`, token)
      if ('kind' in lock) return lock
      if ((await this.locate(file)) === path) return { path, [Symbol.dispose]: () => lock[Symbol.dispose]() }
      lock[Symbol.dispose]()
    }
  }

  /** Undefined where the file is as it should be. */
  async #draft(file: ConfigFile, path: string, change: ConfigChange): Promise<Draft | Failure | undefined> {
    const before = await readStamped(path)
    const bom = before.text.startsWith(BOM) ? BOM : ''
    const text = before.text.slice(bom.length)
    const checked = checkText(file, text, this.path(file))
    if ('kind' in checked) return checked
    const changed = change(checked.value)
    if (isFailure(changed)) return changed
    const value = plain(changed)
    if (isDeepStrictEqual(value, checked.value)) return undefined
    const what = misfit(file, value)
    if (what !== undefined)
      return failed('invalid_value', `That does not fit into ${file}.jsonc: ${what}. Nothing was changed.`)
    const draft = rewritten(text, checked.value, value)
    const after = parseText(draft)
    if (after.kind === 'broken' || !isDeepStrictEqual(after.value, value))
      throw new Error(`${path} was not edited well.`)
    return { file, path, before, text: bom + draft }
  }

  /** Where one cannot be written, those before it are put back. */
  async #write(drafts: readonly Draft[]): Promise<'outdated' | undefined> {
    const written: Draft[] = []
    const putBack = async (): Promise<void> => {
      for (const { path, before } of written.toReversed()) await replaceFile(path, before.text, await readStamped(path))
    }
    try {
      for (const draft of drafts) {
        if (!(await replaceFile(draft.path, draft.text, draft.before))) {
          await putBack()
          return 'outdated'
        }
        written.push(draft)
      }
    } catch (error) {
      await putBack()
      throw error
    }
    for (const { file } of written) this.#watch.wrote(file)
    return undefined
  }

  async #checked<F extends ConfigFile>(file: F): Promise<ReturnType<typeof checkText<F>>> {
    try {
      const { text } = await readStamped(this.path(file))
      return checkText(file, text.startsWith(BOM) ? text.slice(BOM.length) : text, this.path(file))
    } catch (error) {
      if (!isSystemError(error)) throw error
      return failed('io', `${this.path(file)} cannot be read: ${error.message}.`)
    }
  }
}

/** As it would be read back: without what is undefined. */
function plain(value: ConfigValue): ConfigValue {
  const read: unknown = JSON.parse(JSON.stringify(value))
  if (!isHolder(read)) throw new Error('A file is an object.')
  return read
}

function isSystemError(error: unknown): error is NodeJS.ErrnoException {
  return error instanceof Error && 'syscall' in error
}
