import { mkdtemp, realpath, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Kernels } from '../../../../src/core/code/kernels.ts'
import type { KernelFiles } from '../../../../src/core/code/kernelProgram.ts'
import type { ScriptEnd, ScriptLanguage, ScriptOptions, ScriptReply } from '../../../../src/core/code/scripts.ts'
import type { Clock, Failure } from '../../../../src/core/ports.ts'
import { Processes } from '../../../../src/core/processes/processes.ts'
import { Confinement } from '../../../../src/core/sandbox/confinement.ts'
import { type CancellationToken, neverCancelled } from '../../../../src/core/scheduling/cancellation.ts'
import { systemClock } from '../../../../src/host/clock.ts'
import { silentLog } from '../../../support/openGate.ts'
import { noWalls } from '../../../support/noWalls.ts'
import { builtKernels } from '../../../support/builtKernels.ts'

const owner = { sessionId: 's', turnId: 't', callId: 'c' }

export interface Ran {
  end: ScriptEnd | Failure
  output: string
}

/** Real kernels in a folder of their own. */
export class World implements AsyncDisposable {
  /** Where scripts run. */
  folder: string
  readonly #programs: string
  readonly processes = new Processes()
  readonly kernels: Kernels

  static async make(clock: Clock = systemClock): Promise<World> {
    const programs = await mkdtemp(join(tmpdir(), 'kernels-'))
    const world = new World(programs, await builtKernels(programs), clock)
    await world.renew()
    return world
  }

  constructor(programs: string, files: KernelFiles, clock: Clock, confinement: Confinement = noWalls) {
    this.folder = programs
    this.#programs = programs
    this.kernels = new Kernels({ processes: this.processes, confinement, clock, log: silentLog, files })
  }

  /** With the sandbox of this machine, which only scripts of another reach than the user's meet. */
  static async confined(): Promise<World> {
    const programs = await realpath(await mkdtemp(join(tmpdir(), 'kernels-')))
    let folder = programs
    const workspace = { folders: () => [{ name: 'w', path: folder }], trusted: () => true }
    const confinement = new Confinement({ workspace, enabled: () => true })
    const world = new World(programs, await builtKernels(programs), systemClock, confinement)
    world.#after = () => confinement[Symbol.asyncDispose]()
    await world.renew()
    folder = world.folder
    return world
  }

  #after = (): Promise<void> => Promise.resolve()

  /** From now on scripts run in a folder that is empty. */
  async renew(): Promise<void> {
    this.folder = await mkdtemp(join(this.#programs, 'run-'))
  }

  /** Runs a script; its calls are answered by `onCall`, by default with their input. */
  async run(
    language: ScriptLanguage,
    code: string,
    changed: Partial<ScriptOptions> = {},
    token: CancellationToken = neverCancelled,
  ): Promise<Ran> {
    let output = ''
    const onOutput = (text: string): void => void (output += text)
    const options = {
      language,
      code,
      cwd: this.folder,
      owner,
      reach: 'user' as const,
      onOutput,
      onCall: echo,
      ...changed,
    }
    const end = await this.kernels.run(options, token)
    return { end, output }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.kernels[Symbol.asyncDispose]()
    await this.processes.dispose()
    await this.#after()
    await rm(this.#programs, { recursive: true, force: true })
  }
}

async function echo({ name, input }: { name: string; input: unknown }): Promise<ScriptReply> {
  return { kind: 'text', text: `${name} ${JSON.stringify(input)}` }
}
