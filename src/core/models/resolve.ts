import type { Failure } from '../ports.ts'
import type { CancellationToken } from '../scheduling/cancellation.ts'
import { defaultModels, firstChatModel, localServers, OPENAI } from './catalog.ts'
import { type Api, type Endpoint, hostOf, normalise } from './endpoint.ts'
import type { Probe } from './probe.ts'
import type { ModelReference } from './reference.ts'
import type { ServerKind } from './serverFacts.ts'

/** The user's settings; empty where nothing was set. */
export interface ModelSettings {
  provider: string
  baseUrl: string
  name: string
  api: Api | ''
}

/** A model that VS Code offers, whoever gave it to VS Code. */
export interface VsCodeModel {
  id: string
  name: string
  vendor: string
  family: string
  /** The longest request. */
  contextTokens: number
}

/** The model to use. `label` names a local server. */
export type Resolved =
  | { provider: 'openai'; endpoint: Endpoint; label?: string }
  | { provider: 'vscode'; model: VsCodeModel }
  | { provider: 'demo' }

export interface ResolveParts {
  settings: ModelSettings
  /** The extension host's own environment. */
  environment: Readonly<Record<string, string | undefined>>
  /** The key stored for exactly this endpoint. */
  storedKey: (baseUrl: string) => Promise<string | undefined>
  probe: Probe
  /** What VS Code offers now. */
  vscodeModels: () => Promise<readonly VsCodeModel[]>
}

const LOCAL_DEADLINE_MS = 500
const REMOTE_DEADLINE_MS = 10_000

/**
 * The first model that is there: the settings, then the environment, then a stored key for OpenAI, then VS Code's models, then a
 * server on this machine. A key goes to no other endpoint than its own.
 *
 * Fails with `no_model`, or `bad_endpoint` when the address is not one.
 */
export async function resolveModel(parts: ResolveParts, token: CancellationToken): Promise<Resolved | Failure> {
  const { settings, environment } = parts
  const provider = chosenProvider(settings, environment)
  if (provider === 'demo') return { provider: 'demo' }
  if (provider === 'vscode') return (await resolveVsCode(parts)) ?? noVsCodeModel(namedModel(parts))
  const chosen = await chooseEndpoint(parts, provider)
  if (typeof chosen === 'object') return chosen
  if (chosen !== undefined) return resolveEndpoint(parts, chosen, token)
  if (provider === 'openai')
    return failure('no_model', 'No endpoint is set. Set an API key or an endpoint, or choose a model.')
  return (await resolveVsCode(parts)) ?? resolveLocal(parts, token)
}

function chosenProvider(settings: ModelSettings, environment: ResolveParts['environment']): string {
  if (settings.provider !== '' && settings.provider !== 'auto') return settings.provider
  if (settings.baseUrl !== '') return 'openai'
  return environment['STRETTO_PROVIDER'] || 'auto'
}

/** The address to ask; undefined when only this machine is left. */
async function chooseEndpoint(parts: ResolveParts, provider: string): Promise<string | Failure | undefined> {
  const { settings, environment, storedKey } = parts
  const fromEnvironment = environment['OPENAI_BASE_URL'] || (environment['OPENAI_API_KEY'] ? OPENAI : '')
  const given = settings.baseUrl || fromEnvironment
  if (given === '')
    return (await storedKey(OPENAI)) !== undefined || namesOpenAi(settings, provider) ? OPENAI : undefined
  const baseUrl = normalise(given)
  if (baseUrl !== undefined) return baseUrl
  const where = settings.baseUrl === '' ? 'OPENAI_BASE_URL' : 'stretto.model.baseUrl'
  return failure('bad_endpoint', `${where} is not an address. Write it like https://api.openai.com/v1.`)
}

/** Chosen on purpose, with a model's name: then the missing key is the thing to say. */
function namesOpenAi(settings: ModelSettings, provider: string): boolean {
  return provider === 'openai' && settings.name !== ''
}

async function resolveEndpoint(
  parts: ResolveParts,
  baseUrl: string,
  token: CancellationToken,
): Promise<Resolved | Failure> {
  const apiKey = (await parts.storedKey(baseUrl)) ?? environmentKey(parts.environment, baseUrl)
  const host = hostOf(baseUrl)
  const named = namedModel(parts) || defaultModels[host]
  if (named !== undefined) return { provider: 'openai', endpoint: { baseUrl, model: named, apiKey, api: apiOf(parts) } }
  const ids = await parts.probe({ baseUrl, apiKey }, REMOTE_DEADLINE_MS, token)
  const model = firstChatModel(ids ?? [])
  if (model !== undefined) return { provider: 'openai', endpoint: { baseUrl, model, apiKey, api: apiOf(parts) } }
  return failure(
    'no_model',
    `${host} does not say which models it has. Choose a model by its name, or check the endpoint and the key.`,
  )
}

/**
 * A model that was chosen for a turn, a session or a purpose.
 *
 * @param current what is used where nothing else is said
 */
export async function resolveReference(
  parts: Pick<ResolveParts, 'settings' | 'environment' | 'storedKey' | 'vscodeModels'>,
  reference: ModelReference,
  current: () => Promise<Resolved | Failure>,
): Promise<Resolved | Failure> {
  switch (reference.provider) {
    case 'demo':
      return { provider: 'demo' }
    case 'vscode':
      return offeredByVsCode(parts, reference.id)
    case 'openai':
      return atEndpoint(parts, reference)
    case 'same': {
      const now = await current()
      if ('kind' in now || now.provider === 'demo') return now
      if (now.provider === 'vscode') return offeredByVsCode(parts, reference.model)
      return { ...now, endpoint: { ...now.endpoint, model: reference.model } }
    }
  }
}

async function offeredByVsCode(
  { vscodeModels }: Pick<ResolveParts, 'vscodeModels'>,
  id: string,
): Promise<Resolved | Failure> {
  const model = findVsCodeModel(await vscodeModels(), id)
  return model === undefined ? noVsCodeModel(id) : { provider: 'vscode', model }
}

/** Only an endpoint that the user has set up: a reference may have been written by somebody else. */
async function atEndpoint(
  parts: Pick<ResolveParts, 'settings' | 'environment' | 'storedKey'>,
  { baseUrl, model }: { baseUrl: string; model: string },
): Promise<Resolved | Failure> {
  const { settings, environment, storedKey } = parts
  const local = localServers.find((server) => server.baseUrl === baseUrl)
  if (local !== undefined) return { provider: 'openai', endpoint: { baseUrl, model, api: 'chat' }, label: local.name }
  const apiKey = (await storedKey(baseUrl)) ?? environmentKey(environment, baseUrl)
  const named = [settings.baseUrl, environment['OPENAI_BASE_URL'] ?? ''].map(normalise)
  const isNamed = named.includes(baseUrl)
  if (!isNamed && apiKey === undefined) {
    return failure(
      'unknown_endpoint',
      `${hostOf(baseUrl)} is no endpoint that you have set up. Set an API key for it, or choose another model.`,
    )
  }
  return { provider: 'openai', endpoint: { baseUrl, model, apiKey, api: isNamed ? apiOf(parts) : 'chat' } }
}

/** The environment's key, if this is the environment's endpoint. */
function environmentKey(environment: ResolveParts['environment'], baseUrl: string): string | undefined {
  const own = normalise(environment['OPENAI_BASE_URL'] || OPENAI)
  return own === baseUrl ? environment['OPENAI_API_KEY'] || undefined : undefined
}

function namedModel({ settings, environment }: ResolveParts): string | undefined {
  return settings.name || environment['STRETTO_MODEL'] || undefined
}

function apiOf({ settings, environment }: Pick<ResolveParts, 'settings' | 'environment'>): Api {
  if (settings.api !== '') return settings.api
  return environment['STRETTO_API'] === 'responses' ? 'responses' : 'chat'
}

async function resolveVsCode(parts: ResolveParts): Promise<Resolved | undefined> {
  const models = await parts.vscodeModels()
  const named = namedModel(parts)
  const model = named === undefined ? models[0] : findVsCodeModel(models, named)
  return model && { provider: 'vscode', model }
}

/** As settings and references name it. */
export function vsCodeId({ vendor, id }: VsCodeModel): string {
  return `${vendor}/${id}`
}

/** The one that is meant by its id, with or without its vendor, or by the family or the name that the user reads. */
export function findVsCodeModel(models: readonly VsCodeModel[], named: string): VsCodeModel | undefined {
  const by = (key: 'id' | 'family' | 'name'): VsCodeModel | undefined => models.find((model) => model[key] === named)
  return models.find((model) => vsCodeId(model) === named) ?? by('id') ?? by('family') ?? by('name')
}

export function noVsCodeModel(named: string | undefined): Failure {
  if (named === undefined)
    return failure(
      'no_model',
      'VS Code offers no model. Sign in to a provider of models in VS Code, or choose another.',
    )
  return failure('unknown_model', `VS Code offers no model “${named}”. Choose one that it offers.`)
}

async function resolveLocal(parts: ResolveParts, token: CancellationToken): Promise<Resolved | Failure> {
  const found = await findLocal(parts.probe, token)
  const empty = found.find(({ models }) => firstChatModel(models) === undefined)
  for (const { name, baseUrl, models } of found) {
    const model = namedModel(parts) ?? firstChatModel(models)
    if (model !== undefined) return { provider: 'openai', endpoint: { baseUrl, model, api: apiOf(parts) }, label: name }
  }
  const hint = empty === undefined ? '' : ` ${empty.name} runs, but has no model yet: load one into it.`
  return failure('no_model', `There is no model yet.${hint} Set an API key, start a local server, or choose the demo.`)
}

/** The servers on this machine that answer, all asked at once, the preferred first. */
export async function findLocal(
  probe: Probe,
  token: CancellationToken,
): Promise<{ name: string; baseUrl: string; kind: ServerKind; models: string[] }[]> {
  const asked = localServers.map(async (server) => {
    const models = await probe({ baseUrl: server.baseUrl }, LOCAL_DEADLINE_MS, token)
    return models === undefined ? [] : [{ ...server, models }]
  })
  return (await Promise.all(asked)).flat()
}

function failure(code: string, message: string): Failure {
  return { kind: 'failed', code, message }
}
