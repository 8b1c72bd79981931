import { execFile } from 'node:child_process'
import { mkdtemp, readFile, realpath, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { describeChange } from '../../../../src/core/edits/diff.ts'
import { applyEdits, ordered } from '../../../../src/core/edits/textEdits.ts'
import { versionOf } from '../../../../src/core/edits/version.ts'
import type {
  Compute,
  Diagnostics,
  Documents,
  Failure,
  FileTarget,
  Problem,
  Receipt,
} from '../../../../src/core/ports.ts'
import { BackgroundTable } from '../../../../src/core/processes/background.ts'
import { Processes } from '../../../../src/core/processes/processes.ts'
import {
  CancellationSource,
  type CancellationToken,
  neverCancelled,
} from '../../../../src/core/scheduling/cancellation.ts'
import type { ToolPorts } from '../../../../src/core/tools/ports.ts'
import { ReadVersions } from '../../../../src/core/tools/readVersions.ts'
import { type CallProgress, failed, type Tool, type ToolResult } from '../../../../src/core/tools/tool.ts'
import { systemClock } from '../../../../src/host/clock.ts'
import { FakeScripts } from '../../../support/fakeScripts.ts'
import { noCalls } from '../../../support/openGate.ts'
import { noWalls } from '../../../support/noWalls.ts'
import { noDiagnostics, noLanguages, noNews } from '../../../support/noLanguages.ts'

/** A workspace on disk and the ports of one session: real processes, real ripgrep. */
export class Workbench implements AsyncDisposable {
  readonly folder: string
  readonly processes = new Processes()
  confinement: ToolPorts['confinement'] = noWalls
  reach: CallProgress['reach'] = 'user'
  runtime: ReturnType<ToolPorts['runtime']>
  readonly told: { type: string; processId: string }[] = []
  readonly background = new BackgroundTable({ emit: (_turn, event) => this.told.push(event), clock: systemClock })
  readonly versions = new ReadVersions()
  unsaved: FileTarget[] = []
  problems: Problem[] = []
  settings = { commandSeconds: 600, outputBytes: 30_000 }
  folders: { name: string; path: string }[]
  readonly output: string[] = []
  answer: string | undefined
  /** Hosts that a redirect may lead to. */
  readonly permitted = new Set<string>()
  #last: Promise<Receipt | Failure> = Promise.resolve(failed('none', 'Nothing was edited.'))
  readonly #heard = Promise.withResolvers<void>()
  /** Settles when a process has said something. */
  readonly heard = this.#heard.promise

  constructor(folder: string) {
    this.folder = folder
    this.folders = [{ name: 'ws', path: folder }]
  }

  static async open(files: Record<string, string> = {}): Promise<Workbench> {
    const bench = new Workbench(await realpath(await mkdtemp(join(tmpdir(), 'tools-'))))
    await bench.write(files)
    return bench
  }

  async write(files: Record<string, string>): Promise<void> {
    for (const [path, text] of Object.entries(files)) {
      await promisify(execFile)('mkdir', ['-p', join(this.folder, path, '..')])
      await writeFile(join(this.folder, path), text)
    }
  }

  hear(): void {
    this.#heard.resolve()
  }

  get ports(): ToolPorts {
    const diagnostics: Diagnostics = {
      ...noDiagnostics,
      problems: (target) => this.problems.filter(({ path }) => target === undefined || path === target.display),
    }
    return {
      workspace: { folders: () => this.folders, trusted: () => true },
      documents: this.#documents(),
      diagnostics,
      languages: noLanguages,
      news: noNews,
      processes: this.processes,
      confinement: this.confinement,
      runtime: () => this.runtime,
      scripts: new FakeScripts({}),
      spending: { reserve: () => ({ charge: () => {}, [Symbol.dispose]: () => {} }) },
      background: this.background,
      ripgrep: findRipgrep,
      versions: this.versions,
      settings: () => this.settings,
    }
  }

  async call<Input>(tool: Tool<Input>, input: unknown, token: CancellationToken = neverCancelled): Promise<ToolResult> {
    const plan = await tool.plan(tool.input.parse(input))
    return 'kind' in plan ? plan : plan.run(this.progress(), token)
  }

  progress(): CallProgress {
    return {
      reach: this.reach,
      owner: { sessionId: 's1', turnId: 't1', callId: 'c1' },
      output: (text) => this.output.push(text),
      waiting() {},
      onBackground() {},
      children: () => noCalls,
      permits: async (url) => this.permitted.has(URL.parse(url)?.host ?? ''),
      ask: () => Promise.resolve(this.answer ?? failed('denied', 'Nobody can answer.')),
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.background.dispose()
    await this.processes.dispose()
    await rm(this.folder, { recursive: true, force: true })
  }

  /** One edit after the other, each on what the one before left. */
  async #edit(target: FileTarget, compute: Compute): Promise<Receipt | Failure> {
    const text = await readFile(target.path, 'utf8').catch(() => undefined)
    const computed = compute({ text, version: versionOf(text) })
    if ('kind' in computed) return computed
    const after = applyEdits(text ?? '', ordered(computed.edits, text?.length ?? 0))
    await this.write({ [target.display]: after })
    const change = { ...describeChange(target, text, after), saved: true }
    return { kind: 'edited', before: versionOf(text), after: versionOf(after), change, saved: true }
  }

  #documents(): Documents {
    return {
      unsaved: () => this.unsaved,
      change: () => Promise.resolve(failed('unavailable', 'This bench changes one file at a time.')),
      edit: (target, compute) => (this.#last = this.#last.then(() => this.#edit(target, compute))),
      async read(target) {
        const text = await readFile(target.path, 'utf8').catch(() => undefined)
        if (text === undefined) return failed('not_found', `${target.display} does not exist.`)
        return { kind: 'read', text: text.replaceAll('\r\n', '\n'), version: versionOf(text), dirty: false }
      },
    }
  }
}

/** The text of a result, whatever became of the call. */
export function textOf(result: ToolResult): string {
  switch (result.kind) {
    case 'completed':
      return result.text
    case 'failed':
      return `${result.code}: ${result.message}`
    case 'backgrounded':
      return `${result.background.id}: ${result.background.output}`
    case 'cancelled':
      return result.partial
  }
}

export async function findRipgrep(): Promise<string> {
  const { stdout } = await promisify(execFile)('sh', ['-c', 'command -v rg'])
  return stdout.trim()
}

/** Polls on a condition, bounded. */
export async function until(condition: () => boolean | Promise<boolean>, ms = 5_000): Promise<void> {
  const end = performance.now() + ms
  while (!(await condition())) {
    if (performance.now() > end) throw new Error('it did not come true in time')
    await new Promise((resolve) => setTimeout(resolve, 5))
  }
}

export { CancellationSource }
