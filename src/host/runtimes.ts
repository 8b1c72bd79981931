import type { Log } from '../core/ports.ts'
import type { Processes } from '../core/processes/processes.ts'
import { containerRuntime } from '../core/runtimes/container.ts'
import type { Runtime } from '../core/runtimes/runtime.ts'
import { SshRuntime } from '../core/runtimes/ssh.ts'
import { type RuntimeSettings, runtimeSettings } from './settings.ts'

/** Where the settings say that commands and scripts run; one connection for as long as they say the same. */
export class WindowRuntimes implements AsyncDisposable {
  readonly #processes: Processes
  readonly #log: Log
  #settings = ''
  #runtime: Runtime | undefined

  constructor(processes: Processes, log: Log) {
    this.#processes = processes
    this.#log = log
  }

  /** None for this machine. */
  current(): Runtime | undefined {
    const settings = runtimeSettings()
    const key = JSON.stringify(settings)
    if (key === this.#settings) return this.#runtime
    this.#settings = key
    this.#release()
    this.#runtime = this.#make(settings)
    return this.#runtime
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#runtime?.[Symbol.asyncDispose]()
  }

  /** What runs over it ends with the connection. */
  #release(): void {
    const report = (error: unknown): void => this.#log.error('A connection did not close', error)
    this.#runtime?.[Symbol.asyncDispose]().then(undefined, report)
  }

  #make({ kind, host, container, engine, folder, transport }: RuntimeSettings): Runtime | undefined {
    switch (kind) {
      case 'local':
        return undefined
      case 'ssh':
        return new SshRuntime({ host, folder, transport, processes: this.#processes })
      case 'container':
        return containerRuntime({ engine, name: container, folder, transport })
    }
  }
}
