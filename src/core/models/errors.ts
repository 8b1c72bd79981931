import { APIConnectionTimeoutError, APIError } from 'openai'
import { type Endpoint, hostOf, isLocal } from './endpoint.ts'
import { ModelError } from './model.ts'
import { saysTooLong } from './overflow.ts'

/** The longest quotation of an endpoint's own words, in UTF-16 units. */
const QUOTE_LIMIT = 300

/** What went wrong with a request, in words: what happened, then what to do. Never holds the whole key. */
export function toModelError(error: unknown, endpoint: Endpoint): ModelError {
  const own = ownError(error)
  if (own !== undefined) return own
  if (error instanceof APIError) {
    const status = statusOf(error)
    if (status !== undefined) return fromStatus(status, error, endpoint)
    if (error.error !== undefined) return saidNo(error, endpoint)
  }
  if (error instanceof SyntaxError) return malformed(error, endpoint)
  return fromConnection(error, endpoint)
}

/** What the connection's own watch threw, whatever the library has put around it. */
function ownError(error: unknown): ModelError | undefined {
  let next = error
  for (let depth = 0; depth < 8 && next instanceof Error; depth++) {
    if (next instanceof ModelError) return next
    next = next.cause
  }
  return undefined
}

/** An event that is no JSON, or not what an event should be: it may be better another time. */
export function malformed(error: unknown, endpoint: Endpoint): ModelError {
  const text = `${hostOf(endpoint.baseUrl)} sent something that is not a model’s answer. Try again; if it stays so, check the endpoint or choose another model.`
  return new ModelError('malformed', text, { cause: error })
}

/** Some other page or service: no time makes a model of it. */
export function noApi(endpoint: Endpoint): ModelError {
  const text = `${hostOf(endpoint.baseUrl)} does not answer as a model’s endpoint. Check the address (it usually ends in /v1), or choose another model.`
  return new ModelError('no_api', text)
}

export function brokeOff(endpoint: Endpoint, cause?: unknown): ModelError {
  const text = `The answer from ${hostOf(endpoint.baseUrl)} broke off. What came before is kept; ask to continue, or try again.`
  return new ModelError('cut', text, { cause })
}

function statusOf(error: APIError): number | undefined {
  if (typeof error.status === 'number') return error.status
  const code = Number(error.code)
  return Number.isInteger(code) && code >= 400 && code < 600 ? code : undefined
}

function fromStatus(status: number, error: APIError, endpoint: Endpoint): ModelError {
  const host = hostOf(endpoint.baseUrl)
  const said = quote(error, endpoint)
  const fail = (code: string, text: string): ModelError => new ModelError(code, text, { cause: error })
  if (status === 402 || isQuota(status, error)) {
    return fail(
      'quota',
      `${host} refuses: the account has no credit left. Check its plan and billing, or choose another model.${said}`,
    )
  }
  if (status === 401 || status === 403) {
    const why = status === 403 ? said : ''
    return fail(endpoint.apiKey ? 'unauthorized' : 'no_key', refusedKey(endpoint) + why)
  }
  if (saysTooLong({ status, message: error.message, code: error.code, type: error.type })) {
    return fail(
      'context_overflow',
      `The conversation no longer fits ${endpoint.model}. Start a new session, or choose a model with a longer context.`,
    )
  }
  if (status === 429) return rateLimited(error, host, said)
  if (status === 404 || error.code === 'model_not_found') {
    return fail(
      'unknown_model',
      `${host} has no model “${endpoint.model}”. Choose another model, or check the endpoint (it usually ends in /v1).${said}`,
    )
  }
  if (status === 408 || status === 504)
    return fail('timeout', `${host} took too long to answer. Try again in a moment.${said}`)
  if (status >= 500 && status !== 501 && status !== 505) {
    const options = { retryAfterMs: retryAfter(error.headers), cause: error }
    return new ModelError(
      'server_error',
      `${host} has a fault of its own (HTTP ${status}). Try again in a moment, or choose another model.${said}`,
      options,
    )
  }
  return refusedRequest(status, error, endpoint, said)
}

function refusedRequest(status: number, error: APIError, endpoint: Endpoint, said: string): ModelError {
  if (/does not support tools|tool use|no endpoints found that support tool/i.test(error.message)) {
    const text = `${endpoint.model} cannot use tools. Choose a model that can.${said}`
    return new ModelError('no_tools', text, { cause: error })
  }
  if (status >= 300 && status < 400) return new ModelError('refused', redirected(error, endpoint), { cause: error })
  const text = `${hostOf(endpoint.baseUrl)} refused the request (HTTP ${status}). Choose another model, or check the endpoint.${said}`
  return new ModelError('refused', text, { cause: error })
}

/** No redirect is followed: keys and prompts go where the user has said. */
function redirected({ headers }: APIError, { baseUrl }: Endpoint): string {
  const to = URL.parse(headers?.get('location') ?? '', baseUrl)?.origin ?? 'another address'
  return `${hostOf(baseUrl)} sends requests on to ${to}, where nothing was sent. If that is right, set it as the endpoint.`
}

/** An error inside a stream, without a status. */
function saidNo(error: APIError, endpoint: Endpoint): ModelError {
  const { message, code, type } = error
  if (saysTooLong({ status: 400, message, code, type })) return fromStatus(400, error, endpoint)
  if (isQuota(400, error)) return fromStatus(402, error, endpoint)
  if (/rate.?limit/i.test(`${error.code} ${error.type}`)) return fromStatus(429, error, endpoint)
  const text = `${hostOf(endpoint.baseUrl)} gave up on the answer. Try again in a moment, or choose another model.`
  return new ModelError('server_error', text + quote(error, endpoint), { cause: error })
}

function refusedKey({ baseUrl, apiKey }: Endpoint): string {
  const host = hostOf(baseUrl)
  if (apiKey === undefined || apiKey === '') return `${host} wants an API key. Set one, or choose another model.`
  const ending = apiKey.length >= 12 ? ` that ends in ${apiKey.slice(-4)}` : ''
  return `${host} refused the key${ending}. Set the API key again, or choose another model.`
}

function rateLimited(error: APIError, host: string, said: string): ModelError {
  const retryAfterMs = retryAfter(error.headers)
  const wait =
    retryAfterMs === undefined || retryAfterMs === Infinity
      ? 'to slow down'
      : `to wait ${Math.ceil(retryAfterMs / 1000)} s`
  const text = `${host} asks ${wait}. Try again after that, or choose another model.${said}`
  return new ModelError('rate_limited', text, { retryAfterMs, cause: error })
}

/** The time that a response names, in ms; for ever where it says that asking again is no use. */
function retryAfter(headers: { get(name: string): string | null } | undefined): number | undefined {
  if (headers?.get('x-should-retry') === 'false') return Infinity
  const exact = Number.parseFloat(headers?.get('retry-after-ms') ?? '')
  if (exact >= 0) return exact
  const value = headers?.get('retry-after') ?? ''
  const seconds = Number(value)
  if (value !== '' && seconds >= 0) return seconds * 1000
  // By the clock that wrote it, where it says what time that has.
  const now = Date.parse(headers?.get('date') ?? '')
  const ms = Date.parse(value) - (Number.isNaN(now) ? Date.now() : now)
  return Number.isNaN(ms) ? undefined : Math.max(0, ms)
}

const quotaCodes =
  /insufficient_(quota|credits?|balance|funds)|billing_hard_limit|exceeded_current_quota|credit_balance/
const quotaWords = /credit balance is too low|insufficient (account )?(balance|credits?|funds)|out of credits/i

function isQuota(status: number, error: APIError): boolean {
  if (quotaCodes.test(`${error.code} ${error.type}`)) return true
  return (status === 400 || status === 403 || status === 429) && quotaWords.test(error.message)
}

/** The endpoint's own words, in one bounded line, the key blotted out. */
function quote(error: APIError, { apiKey }: Endpoint): string {
  const body: unknown = error.error
  const message = typeof body === 'object' && body !== null && 'message' in body ? body.message : body
  if (typeof message !== 'string' || message.trim() === '' || /^\s*</.test(message)) return ''
  const blotted = apiKey === undefined || apiKey === '' ? message : message.replaceAll(apiKey, '…')
  const line = blotted.replaceAll(/\s+/g, ' ').trim()
  return ` It said: ${line.length > QUOTE_LIMIT ? `${line.slice(0, QUOTE_LIMIT)}…` : line}`
}

const unreachableCodes = new Set(['ECONNREFUSED', 'ENETUNREACH', 'EHOSTUNREACH', 'EADDRNOTAVAIL', 'ECONNABORTED'])
const cutCodes = new Set(['ECONNRESET', 'EPIPE', 'UND_ERR_SOCKET', 'ERR_STREAM_PREMATURE_CLOSE'])
const timeoutCodes = /^ETIMEDOUT$|^UND_ERR_(CONNECT|HEADERS|BODY)_TIMEOUT$/
const tlsCodes = /CERT|^ERR_(TLS|SSL)|^UNABLE_TO_|^EPROTO$/

function fromConnection(error: unknown, endpoint: Endpoint): ModelError {
  const { baseUrl } = endpoint
  const host = hostOf(baseUrl)
  const { codes, texts } = causes(error)
  const fail = (code: string, text: string): ModelError => new ModelError(code, text, { cause: error })
  const has = (test: (code: string) => boolean): boolean => codes.some(test)
  const proxy = texts.find((text) => text.includes('Proxy response'))
  if (proxy !== undefined)
    return fail('unreachable', `The proxy refuses the connection to ${host} (${proxy}). Check the proxy settings.`)
  if (has((code) => tlsCodes.test(code))) {
    return fail(
      'tls',
      `The connection to ${host} is not secure (${codes.find((code) => tlsCodes.test(code))}). Check the address, the clock and the certificates of this machine.`,
    )
  }
  if (has((code) => code === 'ENOTFOUND' || code === 'EAI_AGAIN')) {
    return fail(
      'unreachable',
      `The name ${host} is not found. Check the network and the endpoint, or choose another model.`,
    )
  }
  if (has((code) => unreachableCodes.has(code))) return fail('unreachable', unreachable(baseUrl))
  if (has((code) => timeoutCodes.test(code)) || error instanceof APIConnectionTimeoutError) {
    return fail('timeout', `${host} took too long to answer. Check the network, or choose another model.`)
  }
  if (has((code) => cutCodes.has(code)) || texts.includes('terminated')) return brokeOff(endpoint, error)
  return fail(
    'unreachable',
    `${host} cannot be asked (${texts.at(-1) ?? 'no reason given'}). Check the endpoint and the network, or choose another model.`,
  )
}

function unreachable(baseUrl: string): string {
  const host = hostOf(baseUrl)
  if (!isLocal(baseUrl)) return `${host} does not answer. Check the network and the endpoint, or choose another model.`
  const server = host.endsWith(':1234') ? 'LM Studio’s server' : 'Ollama'
  return `Nothing listens on ${host}. Start ${server}, or choose another model.`
}

/** The codes and messages along an error's causes, outermost first. */
function causes(error: unknown): { codes: string[]; texts: string[] } {
  const codes: string[] = []
  const texts: string[] = []
  let next: unknown = error
  for (let depth = 0; depth < 8 && next instanceof Error; depth++) {
    if ('code' in next && typeof next.code === 'string') codes.push(next.code)
    if (next.message !== '') texts.push(next.message)
    if (next instanceof AggregateError && next.errors.length > 0) next = next.errors[0] as unknown
    else next = next.cause
  }
  return { codes, texts }
}
