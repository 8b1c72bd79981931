import type { Config } from '../config/config.ts'
import type { ModelFile } from '../config/schemas.ts'
import type { CancellationToken } from '../scheduling/cancellation.ts'
import type { AuxiliaryModels, ServiceLease } from './auxiliary.ts'
import { ModelError } from './model.ts'
import type { ModelSource } from './source.ts'

/** The usual ones, where none is configured. */
const USUAL = { image: 'gpt-image-2.6-flare', speech: 'gpt-4o-mini-tts' }

interface Parts {
  models: Pick<ModelSource, 'acquire'> & {
    /** @throws {ModelError} `no_model` when no endpoint is used */
    service(model: string, token: CancellationToken): Promise<ServiceLease>
  }
  config: Pick<Config, 'read'>
}

/** What `models.jsonc` says of the models beside the session's own, read at each use. */
export function auxiliaryModels({ models, config }: Parts): AuxiliaryModels {
  const configured = async (): Promise<NonNullable<ModelFile['auxiliary']>> => {
    const file = await config.read('models')
    if ('kind' in file) throw new ModelError(file.code, file.message)
    return file.auxiliary ?? {}
  }
  return {
    chat: async (purpose, session, token) => models.acquire((await configured())[purpose] ?? session, token),
    panel: async () => (await configured()).panel ?? [],
    service: async (purpose, token) => models.service((await configured())[purpose] ?? USUAL[purpose], token),
  }
}
