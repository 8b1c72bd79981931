import { failed } from '../tools/tool.ts'
import { supervisedWords } from './remoteShell.ts'
import type { Runtime, ScriptTransport } from './runtime.ts'

export interface ContainerOptions {
  /** `docker`, `podman`, or what takes the same arguments. */
  engine: string
  /** The name or id of a running container. */
  name: string
  folder: string
  transport?: ScriptTransport
}

/** A running container of this machine, reached by the engine's `exec`. */
export function containerRuntime({ engine, name, folder, transport = 'files' }: ContainerOptions): Runtime {
  const label = `container ${name}`
  return {
    label,
    folder,
    transport,
    carry: async (command) => ({ file: engine, args: ['exec', '-i', name, ...supervisedWords(command, folder)] }),
    lost: (exitCode, errors) => {
      if (exitCode === 125 || /no such container|is not running|state improper|Cannot connect/i.test(errors))
        return failed('unreachable', `${label} does not run. Start it (${engine} start ${name}), then try again.`)
      return undefined
    },
    [Symbol.asyncDispose]: () => Promise.resolve(),
  }
}
