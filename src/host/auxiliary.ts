import { join } from 'node:path'
import type { Config } from '../core/config/config.ts'
import { auxiliaryModels } from '../core/models/auxiliaryModels.ts'
import type { Log } from '../core/ports.ts'
import type { NewFiles } from '../core/sessions/newFiles.ts'
import { sessionSearch } from '../core/sessions/sessionSearch.ts'
import type { AuxiliaryParts } from '../core/tools/auxiliaryPorts.ts'
import { ConfiguredSearch } from '../core/web/configuredSearch.ts'
import { systemNames } from '../core/web/pinned.ts'
import { publicWeb } from '../core/web/web.ts'
import { systemClock } from './clock.ts'
import { windowNetwork } from './network.ts'
import type { ApiKeys } from './secrets.ts'

export interface AuxiliaryOptions {
  models: Parameters<typeof auxiliaryModels>[0]['models']
  config: Pick<Config, 'read'>
  keys: Pick<ApiKeys, 'get'>
  files: NewFiles
  log: Log
  /** The folder of this extension's own programs. */
  programs: string
  /** The folder of this workspace's journals. */
  journals: string
}

export interface Auxiliary {
  parts: AuxiliaryParts
  dispose(): Promise<void>
}

/** What a window has for the tools that reach beyond it. */
export function windowAuxiliary(parts: AuxiliaryOptions): Auxiliary {
  const { models, config, keys, files, log } = parts
  const network = (url: string) => windowNetwork(url, process.env)
  const program = join(parts.programs, 'pages.cjs')
  const search = new ConfiguredSearch({ config, key: (url) => keys.get(url), network, clock: systemClock, log })
  return {
    parts: {
      models: auxiliaryModels({ models, config }),
      web: publicWeb({ clock: systemClock, network, names: systemNames, program }),
      search: () => search.engine(),
      files,
      sessions: sessionSearch(parts.journals),
    },
    dispose: () => search[Symbol.asyncDispose](),
  }
}
