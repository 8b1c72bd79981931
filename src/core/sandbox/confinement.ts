import { realpath } from 'node:fs/promises'
import type { Reach } from '../approvals/policy.ts'
import type { Failure, Workspace } from '../ports.ts'
import { type Argv, type Enclosed, findSandbox, type Sandbox } from './sandbox.ts'

const noWalls: Pick<Enclosed, 'environment' | 'stands' | typeof Symbol.asyncDispose> = {
  environment: {},
  stands: () => Promise.resolve(true),
  [Symbol.asyncDispose]: () => Promise.resolve(),
}

export interface ConfinementParts {
  workspace: Workspace
  /** Read at each use. */
  enabled: () => boolean
  find?: () => Promise<Sandbox | Failure>
}

/** What a window's commands and scripts run behind: one sandbox, looked for at the first use. */
export class Confinement {
  readonly #parts: ConfinementParts
  #found: Promise<Sandbox | Failure> | undefined
  #hint: string | undefined

  constructor(parts: ConfinementParts) {
    this.#parts = parts
  }

  /** Whether there is a sandbox, and it is on; else why there is none, where that is not the user's wish. */
  async state(): Promise<'on' | 'off' | Failure> {
    if (!this.#parts.enabled()) return 'off'
    const found = await this.#sandbox()
    return 'kind' in found ? found : 'on'
  }

  /** Why there is no sandbox and how to get one; told once. */
  takeHint(): string | undefined {
    const hint = this.#hint
    this.#hint = undefined
    return hint
  }

  /**
   * The command line that reaches no further than it may; in the workspace's folders it can write.
   *
   * @param visible paths that it needs though they lie in the machine's temporary folder
   */
  async enclose(command: Argv, reach: Reach, visible: readonly string[] = []): Promise<Enclosed | Failure> {
    if (reach === 'user') return { ...command, ...noWalls }
    const sandbox = await this.#sandbox()
    if ('kind' in sandbox) return sandbox
    const writable = await Promise.all(this.#parts.workspace.folders().map(({ path }) => realpath(path)))
    return sandbox.enclose(command, { writable, visible, network: reach === 'online' })
  }

  /** Removes what stood for the temporary folder; nothing may run behind the walls any more. */
  async [Symbol.asyncDispose](): Promise<void> {
    const found = await this.#found
    if (found !== undefined && 'name' in found) await found[Symbol.asyncDispose]()
  }

  #sandbox(): Promise<Sandbox | Failure> {
    const { find = findSandbox } = this.#parts
    this.#found ??= find().then((found) => {
      if ('kind' in found) this.#hint = found.message
      return found
    })
    return this.#found
  }
}
