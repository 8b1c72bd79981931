import { chmod, mkdir, mkdtemp, readdir, realpath, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { Kernels } from '../../../../src/core/code/kernels.ts'
import type { ScriptLanguage, ScriptOptions } from '../../../../src/core/code/scripts.ts'
import { Processes } from '../../../../src/core/processes/processes.ts'
import { processTable } from '../../../../src/core/processes/processTable.ts'
import { containerRuntime } from '../../../../src/core/runtimes/container.ts'
import type { Runtime, ScriptTransport } from '../../../../src/core/runtimes/runtime.ts'
import { SshRuntime } from '../../../../src/core/runtimes/ssh.ts'
import { type CancellationToken, neverCancelled } from '../../../../src/core/scheduling/cancellation.ts'
import { systemClock } from '../../../../src/host/clock.ts'
import { builtKernels } from '../../../support/builtKernels.ts'
import { silentLog } from '../../../support/openGate.ts'
import { noWalls } from '../../../support/noWalls.ts'
import { type SshServer, startSshServer } from '../../../support/sshServer.ts'
import type { Ran } from './world.ts'

const PATH = `${dirname(process.execPath)}:${process.env['PATH']}`

/** What can be told from this machine's processes and files only by where its temporary files go. */
export class Far implements AsyncDisposable {
  readonly #folder: string
  readonly #server: SshServer
  readonly processes = new Processes()
  readonly kernels: Kernels
  /** Where scripts run there. */
  readonly cwd: string
  readonly #runtimes: Runtime[] = []

  private constructor(folder: string, server: SshServer, kernels: (processes: Processes) => Kernels) {
    this.#folder = folder
    this.#server = server
    this.cwd = join(folder, 'work ’s')
    this.kernels = kernels(this.processes)
  }

  static async open(path = PATH): Promise<Far> {
    const folder = await realpath(await mkdtemp(join(tmpdir(), 'far-')))
    for (const name of ['tmp', 'work ’s', 'programs']) await mkdir(join(folder, name))
    const environment = { PATH: path, TMPDIR: join(folder, 'tmp') }
    const files = await builtKernels(join(folder, 'programs'))
    const parts = { confinement: noWalls, clock: systemClock, log: silentLog, files }
    const far = new Far(folder, await startSshServer(environment), (processes) => new Kernels({ processes, ...parts }))
    // Stands for an engine: `exec -i NAME` runs the rest in an environment of its own.
    const assigned = Object.entries(environment).map(([name, value]) => `'${name}=${value}'`)
    const shim = `#!/bin/sh\n[ "$1 $2 $3" = "exec -i web" ] || exit 125\nshift 3; cd /; exec env -i ${assigned.join(' ')} "$@"\n`
    await writeFile(join(folder, 'engine'), shim)
    await chmod(join(folder, 'engine'), 0o755)
    return far
  }

  ssh(transport: ScriptTransport, folder = this.cwd): Runtime {
    const runtime = new SshRuntime({ ...this.#server, folder, transport, processes: this.processes })
    this.#runtimes.push(runtime)
    return runtime
  }

  container(transport: ScriptTransport): Runtime {
    return containerRuntime({ engine: join(this.#folder, 'engine'), name: 'web', folder: this.cwd, transport })
  }

  cut(): Promise<void> {
    return this.#server.cut()
  }

  /** Runs a script; its calls are answered by `onCall`, by default with their input. */
  async run(
    runtime: Runtime,
    language: ScriptLanguage,
    code: string,
    changed: Partial<ScriptOptions> = {},
    token: CancellationToken = neverCancelled,
  ): Promise<Ran> {
    let output = ''
    const end = await this.kernels.run(
      {
        runtime,
        language,
        code,
        cwd: '/not/here',
        owner: { sessionId: 's', turnId: 't', callId: 'c' },
        reach: 'user',
        onOutput: (text) => void (output += text),
        onCall: async ({ name, input }) => ({ kind: 'text', text: `${name} ${JSON.stringify(input)}` }),
        ...changed,
      },
      token,
    )
    return { end, output }
  }

  /** What is left there: processes with this in their environment, and temporary files. */
  async left(tag = `TMPDIR=${join(this.#folder, 'tmp')}`): Promise<string[]> {
    const rows = (await processTable()).filter(({ environment }) => environment.includes(tag))
    return [...rows.map(({ pid }) => `process ${pid}`), ...(await readdir(join(this.#folder, 'tmp')))]
  }

  /** Ends all kernels and connections. */
  async close(): Promise<void> {
    await this.kernels[Symbol.asyncDispose]()
    for (const runtime of this.#runtimes) await runtime[Symbol.asyncDispose]()
    await this.processes.dispose()
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close()
    await this.#server[Symbol.asyncDispose]()
    await rm(this.#folder, { recursive: true, force: true })
  }
}
