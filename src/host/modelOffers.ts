import { factsOf, localServers, OPENAI } from '../core/models/catalog.ts'
import { hostOf, normalise } from '../core/models/endpoint.ts'
import type { KnownModels, ModelFacts } from '../core/models/facts.ts'
import type { Probe } from '../core/models/probe.ts'
import { writeReference } from '../core/models/reference.ts'
import { findLocal, type VsCodeModel, vsCodeId } from '../core/models/resolve.ts'
import { serverFacts } from '../core/models/serverFacts.ts'
import type { CancellationToken } from '../core/scheduling/cancellation.ts'
import type { ApiKeys } from './secrets.ts'
import { modelSettings } from './settings.ts'

const LIST_DEADLINE_MS = 5000

/** A model to choose. */
export interface OfferedModel {
  /** For `ModelSource.acquire`. */
  reference: string
  /** Its settings, when it becomes the default. */
  settings: { provider: 'openai' | 'vscode'; baseUrl: string; name: string }
  label: string
  facts: ModelFacts | undefined
}

/** The models of one source. */
export interface OfferedModels {
  /** `Models in VS Code`, `Ollama`, `api.openai.com`. */
  name: string
  models: OfferedModel[]
}

export interface OfferParts {
  keys: ApiKeys
  probe: Probe
  known: KnownModels
  vscodeModels: () => Promise<readonly VsCodeModel[]>
}

/** All that can be asked from here, looked for at once: each source as soon as it is known. */
export function offeredModels(parts: OfferParts, token: CancellationToken): Promise<OfferedModels[]>[] {
  return [ofVsCode(parts), ofEndpoint(parts, token), ofThisMachine(parts, token)]
}

async function ofVsCode({ vscodeModels, known }: OfferParts): Promise<OfferedModels[]> {
  const models = (await vscodeModels()).map((model): OfferedModel => {
    const id = vsCodeId(model)
    return {
      reference: writeReference({ provider: 'vscode', id }),
      settings: { provider: 'vscode', baseUrl: '', name: id },
      label: model.name,
      facts: factsOf(model.id, undefined, known, { contextTokens: model.contextTokens }),
    }
  })
  return models.length === 0 ? [] : [{ name: 'Models in VS Code', models }]
}

async function ofEndpoint(parts: OfferParts, token: CancellationToken): Promise<OfferedModels[]> {
  const endpoint = await ownEndpoint(parts.keys)
  if (endpoint === undefined) return []
  const ids = await parts.probe(endpoint, LIST_DEADLINE_MS, token)
  const host = hostOf(endpoint.baseUrl)
  const models = (ids ?? []).map((id) => offered(endpoint.baseUrl, id, factsOf(id, host, parts.known)))
  return models.length === 0 ? [] : [{ name: host, models }]
}

async function ofThisMachine({ probe, known }: OfferParts, token: CancellationToken): Promise<OfferedModels[]> {
  const found = await findLocal(probe, token)
  const asked = found.map(async ({ name, baseUrl, kind, models }) => {
    const facts = models.map(async (id) => {
      const told = await serverFacts(kind, baseUrl, id, token)
      return offered(baseUrl, id, factsOf(id, hostOf(baseUrl), known, told))
    })
    return { name, models: await Promise.all(facts) }
  })
  return (await Promise.all(asked)).filter(({ models }) => models.length > 0)
}

function offered(baseUrl: string, model: string, facts: ModelFacts | undefined): OfferedModel {
  const reference = writeReference({ provider: 'openai', baseUrl, model })
  return { reference, settings: { provider: 'openai', baseUrl, name: model }, label: model, facts }
}

/** The endpoint of the settings or the environment, or OpenAI where a key is stored for it; not a local server. */
async function ownEndpoint(keys: ApiKeys): Promise<{ baseUrl: string; apiKey?: string } | undefined> {
  const { baseUrl: set } = modelSettings()
  const { OPENAI_BASE_URL: fromEnvironment, OPENAI_API_KEY: environmentKey } = process.env
  const baseUrl = normalise(set || fromEnvironment || OPENAI)
  if (baseUrl === undefined || localServers.some((server) => server.baseUrl === baseUrl)) return undefined
  const usable = baseUrl === normalise(fromEnvironment || OPENAI) ? environmentKey : undefined
  const apiKey = (await keys.get(baseUrl)) ?? usable
  return set === '' && !fromEnvironment && apiKey === undefined ? undefined : { baseUrl, apiKey }
}
