import type { AuxiliaryModels } from '../../src/core/models/auxiliary.ts'
import { Connection } from '../../src/core/models/connection.ts'
import { type Model, ModelError } from '../../src/core/models/model.ts'
import type { ModelLease } from '../../src/core/models/source.ts'
import type { Clock, FileTarget } from '../../src/core/ports.ts'
import { Locks } from '../../src/core/scheduling/locks.ts'
import { recordedFiles } from '../../src/core/sessions/newFiles.ts'
import { lockedFiles } from '../../src/core/sessions/rawFiles.ts'
import { sessionSearch } from '../../src/core/sessions/sessionSearch.ts'
import type { AuxiliaryPorts } from '../../src/core/tools/auxiliaryPorts.ts'
import { failed } from '../../src/core/tools/tool.ts'
import { publicWeb } from '../../src/core/web/web.ts'
import { systemClock } from '../../src/host/clock.ts'
import { pageProgram } from './pageProgram.ts'
import { scriptedNames } from './publicNames.ts'

/** What the tools reach beyond the window, scripted: models by their id, one server for pictures and speech. */
export class AuxiliaryWorld {
  readonly models = new Map<string, Model>()
  facts: ModelLease['facts']
  panel: string[] = []
  /** Of the server that makes pictures and speech. */
  baseUrl = ''
  clock: Clock = systemClock
  journals = ''
  names = scriptedNames()
  /** What was paid, and whether there is anything left. */
  readonly charged: { inputTokens: number; outputTokens: number }[] = []
  broke = false
  /** Leases that were not given back. */
  open = 0
  readonly recorded: FileTarget[] = []
  search: AuxiliaryPorts['search'] = async () => failed('not_configured', 'None.')

  ports(workspace: AuxiliaryPorts['workspace']): AuxiliaryPorts {
    const edited = (_turn: unknown, target: FileTarget): void => void this.recorded.push(target)
    return {
      workspace,
      clock: this.clock,
      settings: () => ({ outputBytes: 30_000 }),
      spending: {
        reserve: () =>
          this.broke ? undefined : { charge: (usage) => this.charged.push(usage), [Symbol.dispose]: () => {} },
      },
      models: this.#auxiliary(),
      web: publicWeb({ clock: this.clock, network: () => ({}), names: this.names, program: pageProgram }),
      search: (token) => this.search(token),
      files: recordedFiles(lockedFiles({ unsaved: () => [] }, new Locks()), { edited }),
      sessions: sessionSearch(this.journals),
      session: {
        id: 's1',
        chosen: () => undefined,
        acquire: async (id) => this.#lease(id ?? 'own'),
        model: async () => this.#lease('own'),
      },
    }
  }

  #auxiliary(): AuxiliaryModels {
    return {
      chat: async (purpose) => this.#lease(purpose),
      panel: async () => this.panel,
      service: async (purpose) => {
        const connection = new Connection(this.baseUrl, {})
        this.open++
        return {
          endpoint: { baseUrl: this.baseUrl, model: `${purpose}-model`, apiKey: 'sk-secret-1234', api: 'chat' },
          fetch: connection.fetch,
          [Symbol.asyncDispose]: async () => {
            this.open--
            await connection.close()
          },
        }
      },
    }
  }

  #lease(id: string): ModelLease {
    const model = this.models.get(id)
    if (model === undefined) throw new ModelError('no_model', `There is no model ${id}.`)
    this.open++
    const dispose = async (): Promise<void> => void this.open--
    return { model, label: id, facts: this.facts, [Symbol.asyncDispose]: dispose }
  }
}

/** A model that begins to answer and never ends, whatever its token says. */
export function deaf(words: string, id = 'deaf'): Model {
  return {
    id,
    async *stream() {
      yield { type: 'text', text: words }
      await new Promise(() => {})
    },
  }
}
