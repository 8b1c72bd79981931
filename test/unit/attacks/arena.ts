import { lstat, mkdir, mkdtemp, readdir, readFile, readlink, realpath, rm, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join, relative } from 'node:path'
import type { SessionParts } from '../../../src/core/agent/parts.ts'
import { Sessions } from '../../../src/core/agent/sessions.ts'
import type { CodeEdits } from '../../../src/core/ports.ts'
import { Journals } from '../../../src/core/sessions/journal.ts'
import { findRipgrep } from '../../../src/host/ripgrep.ts'
import type { ApprovalMode } from '../../../src/protocol/messages.ts'
import { FakeScripts } from '../../support/fakeScripts.ts'
import { noLanguages } from '../../support/noLanguages.ts'
import { silentLog } from '../../support/openGate.ts'
import { call, calls, ScriptedModel, stop } from '../../support/scriptedModels.ts'
import { sessionParts } from '../../support/sessionParts.ts'
import { DiskDocuments } from './diskDocuments.ts'

export const CANARY = 'canary-4f1c'
const SCRIPT = 'the script'

export interface Deed {
  tool: string
  input: unknown
}

export interface Outcome {
  status: string
  result: string
}

/**
 * A throwaway home with a workspace `project` in it, and a session of the real scheduler, policy, tools, processes and
 * disk, in which nobody answers a question: what asks does not happen.
 */
export class Arena implements AsyncDisposable {
  readonly root: string
  readonly documents = new DiskDocuments()
  /** What the language service would rename. */
  renames: CodeEdits[] = []
  readonly #kept: string

  private constructor(root: string, kept: string) {
    this.root = root
    this.#kept = kept
  }

  static async open(files: Record<string, string> = {}): Promise<Arena> {
    const temporary = await realpath(tmpdir())
    const root = await mkdtemp(join(temporary, 'arena-'))
    const arena = new Arena(root, await mkdtemp(join(temporary, 'arena-kept-')))
    await mkdir(join(root, 'project'))
    await arena.files({ 'project/notes.txt': 'before\n', 'project/src/a.ts': 'export const name = 1\n', ...files })
    return arena
  }

  path(name: string): string {
    return join(this.root, name)
  }

  async files(files: Record<string, string>): Promise<void> {
    for (const [name, text] of Object.entries(files)) {
      await mkdir(dirname(this.path(name)), { recursive: true })
      await writeFile(this.path(name), text)
    }
  }

  async link(name: string, to: string): Promise<void> {
    await mkdir(dirname(this.path(name)), { recursive: true })
    await symlink(to, this.path(name))
  }

  /** All that is in the home, by path: texts, and where links lead. */
  async snapshot(): Promise<Record<string, string>> {
    const entries = await readdir(this.root, { recursive: true, withFileTypes: true })
    const all = entries.map(async (entry): Promise<[string, string]> => {
      const path = join(entry.parentPath, entry.name)
      const found = await lstat(path)
      const content = found.isSymbolicLink()
        ? `-> ${await readlink(path)}`
        : found.isFile()
          ? await readFile(path, 'utf8')
          : ''
      return [relative(this.root, path), content]
    })
    return Object.fromEntries((await Promise.all(all)).toSorted(([a], [b]) => (a < b ? -1 : 1)))
  }

  /** The model asks for this, one step for each deed; nobody answers. */
  async attempt(mode: ApprovalMode, deeds: readonly Deed[], changed: Partial<SessionParts> = {}): Promise<Outcome[]> {
    const steps = deeds.map(({ tool, input }) => [call(0, tool, input), calls])
    return this.#run(new ScriptedModel([...steps, [stop]]), mode, changed)
  }

  /** A script that the user has allowed makes these calls, one after the other. Its own outcome is left out. */
  async attemptByScript(mode: ApprovalMode, deeds: readonly Deed[]): Promise<Outcome[]> {
    const scripts = new FakeScripts({
      [SCRIPT]: async ({ call: make }) => {
        for (const { tool, input } of deeds) await make(tool, input).catch(() => undefined)
      },
    })
    const model = new ScriptedModel([[call(0, 'execute_code', { language: 'python', code: SCRIPT }), calls], [stop]])
    const allowed = async () => ({ allow: [{ tool: 'execute_code' }], ask: [], deny: [] })
    const [, ...outcomes] = await this.#run(model, mode, { scripts, rules: allowed })
    return outcomes
  }

  /** The parts of a session here. */
  parts(
    model: ScriptedModel,
    mode: ApprovalMode,
    changed: Partial<SessionParts> = {},
  ): ReturnType<typeof sessionParts> {
    const folder = this.path('project')
    return sessionParts(model, folder, {
      documents: this.documents,
      languages: { ...noLanguages, rename: async () => this.renames },
      ripgrep: () => findRipgrep(''),
      headless: true,
      settings: () => ({ approvals: mode, parallelCalls: 8, commandSeconds: 60, outputBytes: 30_000 }),
      ...changed,
    })
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await rm(this.root, { recursive: true, force: true })
    await rm(this.#kept, { recursive: true, force: true })
  }

  async #run(model: ScriptedModel, mode: ApprovalMode, changed: Partial<SessionParts>): Promise<Outcome[]> {
    const parts = this.parts(model, mode, changed)
    const sessions = new Sessions(parts, new Journals(this.#kept, silentLog))
    try {
      const session = sessions.create()
      await session.send('go', { source: 'panel' })
      return session.state.calls.map(({ status, result = '' }) => ({ status, result }))
    } finally {
      await sessions.dispose()
      await parts.processes.dispose()
    }
  }
}
