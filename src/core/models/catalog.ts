import { catalog, type CatalogEntry } from './catalogData.ts'
import type { KnownModels, ModelFacts } from './facts.ts'
import type { ServerKind } from './serverFacts.ts'

/** The model that is asked for when the user names none, by host. Hosts that are not here are asked for their list. */
export const defaultModels: Readonly<Record<string, string>> = {
  'api.openai.com': 'gpt-6.1-terra',
}

/** Where `OPENAI_API_KEY` belongs when no endpoint is given. */
export const OPENAI = 'https://api.openai.com/v1'

/** Servers that run on this machine and speak Chat Completions, the preferred first. */
export const localServers: readonly { name: string; baseUrl: string; kind: ServerKind }[] = [
  { name: 'Ollama', baseUrl: 'http://localhost:11434/v1', kind: 'ollama' },
  { name: 'LM Studio', baseUrl: 'http://localhost:1234/v1', kind: 'lmStudio' },
]

/** The first model that can talk: lists hold embedding models and speech too. */
export function firstChatModel(ids: readonly string[]): string | undefined {
  return ids.find((id) => !/embed|whisper|tts|rerank|moderation|dall-e/i.test(id))
}

/** What a dated version adds to its model's id. */
const version = /^(-\d{4}-?\d{2}-?\d{2}|-latest)$/

/**
 * What is known of a model: what the user's `models` file says of it, over what its server said, over the catalog.
 *
 * @param host where it is asked, as `hostOf` names it: what is said of another host's is not believed, and the catalog's
 *   prices are those of the makers alone
 * @param told what its server said of it
 */
export function factsOf(
  modelId: string,
  host: string | undefined,
  extra: KnownModels,
  told?: Partial<ModelFacts>,
): ModelFacts | undefined {
  const listed = catalogFacts(modelId, host)
  const own = ownFacts(modelId, host, extra)
  const contextTokens = own?.contextTokens ?? told?.contextTokens ?? listed?.contextTokens
  if (contextTokens === undefined) return undefined
  // A price of the user's own is the price of every request, also of a long one.
  const base = own?.inputUsd === undefined && own?.outputUsd === undefined ? listed : withoutPrices(listed)
  return { images: false, reasoning: false, tools: true, ...base, ...told, ...own, contextTokens }
}

function catalogFacts(modelId: string, host: string | undefined): Partial<ModelFacts> | undefined {
  const bare = modelId.slice(modelId.lastIndexOf('/') + 1)
  const entry = catalog.find(({ id }) => bare === id || (bare.startsWith(id) && version.test(bare.slice(id.length))))
  if (entry === undefined) return undefined
  return entry.host === host ? factsIn(entry) : withoutPrices(factsIn(entry))
}

function factsIn(entry: CatalogEntry): ModelFacts {
  const { id: _, host: __, ...facts } = entry
  return facts
}

function withoutPrices(facts: Partial<ModelFacts> | undefined): Partial<ModelFacts> {
  const { inputUsd: _, outputUsd: __, cachedInputUsd: ___, longInput: ____, ...rest } = facts ?? {}
  return rest
}

function ownFacts(
  modelId: string,
  host: string | undefined,
  { models = {} }: KnownModels,
): Partial<ModelFacts> | undefined {
  const { host: of, ...facts } = models[modelId] ?? {}
  return of === undefined || of === host ? facts : undefined
}
