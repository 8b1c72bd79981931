import { randomUUID } from 'node:crypto'
import { readdir, readFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { basename, dirname, join } from 'node:path'
import type { Failure } from '../ports.ts'
import type { Ended } from '../processes/child.ts'
import { quoted } from '../rpc/shellFolder.ts'
import { RemoteFolder } from '../runtimes/remoteFolder.ts'
import type { There } from '../runtimes/runThere.ts'
import { CancellationSource, CancelledError, type CancellationToken, orCancelled } from '../scheduling/cancellation.ts'
import { failed } from '../tools/tool.ts'
import { Kernel, type KernelBody, type KernelParts, KERNELS, type NotStarted, openKernel } from './kernel.ts'
import type { KernelFiles } from './kernelProgram.ts'
import type { MarkedOutput } from './markedOutput.ts'
import { spoolThere, streamThere } from './remoteTransport.ts'
import type { ScriptLanguage } from './scripts.ts'

export interface RemoteParts extends KernelParts, There {
  files: KernelFiles
}

interface Base {
  folder: RemoteFolder
  /** The kernels' programs there. */
  programs: Map<ScriptLanguage, Promise<Failure | undefined>>
}

const names: Record<ScriptLanguage, string> = { javascript: 'JavaScript', python: 'Python' }
const remedies: Record<ScriptLanguage, string> = {
  javascript: 'Node 22.15 or newer must be installed there, as node on the PATH of a command. Or write it in Python.',
  python:
    'Python 3.8 or newer must be installed there, as python3 on the PATH of a command. Or write it in JavaScript.',
}

/** Starts kernels on another machine, from programs that it brings there. */
export class RemoteKernels implements AsyncDisposable {
  readonly #parts: RemoteParts
  readonly #lifetime = new CancellationSource()
  #base: Promise<Base | Failure> | undefined

  constructor(parts: RemoteParts) {
    this.#parts = parts
  }

  /** A failure says why there is none, and what to do. @throws {CancelledError} */
  async start(language: ScriptLanguage, token: CancellationToken): Promise<Kernel | Failure> {
    const base = await orCancelled(this.#ready(), token)
    if ('kind' in base) return base
    try {
      const kernel = await this.#start(language, base, token)
      return kernel instanceof Kernel || base.folder.isOpen ? kernel : this.#lost()
    } catch (error) {
      if (error instanceof CancelledError && !token.isCancellationRequested) return this.#lost()
      throw error
    }
  }

  async #start(language: ScriptLanguage, base: Base, token: CancellationToken): Promise<Kernel | Failure> {
    const { label } = this.#parts.runtime
    const uploaded = base.programs.get(language) ?? this.#upload(language, base.folder)
    base.programs.set(language, uploaded)
    const problem = await orCancelled(uploaded, token)
    if (problem !== undefined) base.programs.delete(language)
    if (problem !== undefined) return problem
    const open = (output: readonly [MarkedOutput, MarkedOutput]) => this.#open(language, base.folder, output, token)
    const kernel = await openKernel(open, `${label}: the kernel`, this.#parts, token)
    if (kernel instanceof Kernel) return kernel
    const what = `There is no kernel for ${names[language]} scripts on ${label}: ${kernel.reason.trim()}`
    return failed('no_kernel', `${what} ${remedies[language]}`)
  }

  /** Its folder has gone, and with it what was under way. */
  #lost(): Failure {
    const { label } = this.#parts.runtime
    return failed('connection_lost', `The connection to ${label} was lost before the script began. Call again.`)
  }

  /** Settles when nothing of it is left there. */
  async [Symbol.asyncDispose](): Promise<void> {
    this.#lifetime.cancel('dispose')
    const base = await this.#base
    if (base !== undefined && 'folder' in base) await base.folder[Symbol.asyncDispose]()
  }

  /** The folder there: made at first use, and anew when it has gone with its connection. */
  async #ready(): Promise<Base | Failure> {
    const making = (this.#base ??= this.#make())
    const base = await making
    if ('folder' in base && base.folder.isOpen) return base
    if (this.#base === making) this.#base = undefined
    return 'folder' in base ? this.#ready() : base
  }

  async #make(): Promise<Base | Failure> {
    try {
      const folder = await RemoteFolder.open(this.#parts, this.#lifetime.token)
      return 'kind' in folder ? folder : { folder, programs: new Map() }
    } catch (error) {
      if (error instanceof CancelledError) return failed('disposed', 'It is not needed any more.')
      throw error
    }
  }

  async #upload(language: ScriptLanguage, folder: RemoteFolder): Promise<Failure | undefined> {
    const uploads = (await this.#programs(language)).map(async (path) => {
      const target = quoted(`${folder.path}/${basename(path)}`)
      return folder.run(`cat >${target}`, await readFile(path, 'utf8'), this.#lifetime.token)
    })
    for (const end of await Promise.all(uploads)) {
      if (end.kind === 'failed') return end
      const { label } = this.#parts.runtime
      if (end.exitCode !== 0) return failed('no_kernel', `Nothing can be written on ${label}: ${end.errors.trim()}`)
    }
    return undefined
  }

  async #programs(language: ScriptLanguage): Promise<string[]> {
    const { javascript, worker, python } = this.#parts.files
    if (language === 'javascript') return [javascript, worker]
    const folder = dirname(python)
    return (await readdir(folder)).filter((name) => name.endsWith('.py')).map((name) => join(folder, name))
  }

  async #open(
    language: ScriptLanguage,
    folder: RemoteFolder,
    output: readonly [MarkedOutput, MarkedOutput],
    token: CancellationToken,
  ): Promise<KernelBody | NotStarted> {
    const { runtime, processes, clock } = this.#parts
    const way = runtime.transport === 'stream' ? streamThere(output) : await spoolThere(folder, output, clock, token)
    if ('kind' in way) return { missing: false, reason: way.message }
    const command = [way.prelude, startOf(language, this.#parts.files, folder.path, way.spool)].join('\n')
    const cwd = folder.path
    const carrier = await runtime.carry({ command, cwd, mark: `${randomUUID()};`, input: way.input }, token)
    if ('kind' in carrier) return { missing: false, reason: carrier.message }
    const { onOutput, onError } = way
    const how = { ...carrier, cwd: tmpdir(), input: true, endsWithInput: true, onOutput, onError }
    const child = await processes.open(how, KERNELS, token)
    const elsewhere = { folder: folder.cwd, lost: (end: Ended) => runtime.lost(end.exitCode, '') }
    return { child, transport: way.over(child), output: way.output, results: undefined, elsewhere }
  }
}

const programs: Record<ScriptLanguage, string> = { javascript: 'node nodejs', python: 'python3 python' }

/** Becomes the first of the programs that is there. */
function startOf(language: ScriptLanguage, files: KernelFiles, folder: string, spool: string | undefined): string {
  const own = language === 'python' ? [files.python] : [files.javascript, files.worker]
  const paths = own.map((path) => `${folder}/${basename(path)}`)
  const args = [...paths, ...(spool === undefined ? [] : [spool])].map(quoted)
  const start = `exec "$program" ${language === 'python' ? '-B ' : ''}${args.join(' ')}`
  const found = `if command -v "$program" >/dev/null; then ${start}; fi`
  return `for program in ${programs[language]}; do ${found}; done\necho "There is no ${names[language]} there." >&2\nexit 127`
}
