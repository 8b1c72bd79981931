import type { Failure } from '../ports.ts'
import { type CancellationToken, orCancelled } from '../scheduling/cancellation.ts'
import { failed } from '../tools/tool.ts'
import { readBody } from './body.ts'

const MOST_BYTES = 4 * 1024 * 1024
const LONGEST_QUOTE = 300

export interface JsonRequest {
  url: string
  headers?: Record<string, string> | undefined
  /** Posted as JSON; without one the request is a GET. */
  body?: unknown
  /** Of the server, in words. */
  name: string
  /** Never quoted. */
  secret: string | undefined
  /** Of the answer; a few MB unless given. */
  mostBytes?: number
}

/** What an API answers that is not a language model's. Bounded in size; its time is the token's. */
export interface ServiceBody {
  kind: 'body'
  type: string
  bytes: Uint8Array
}

/** The answer as JSON. @throws {CancelledError} */
export async function askJson(
  fetch: typeof globalThis.fetch,
  request: JsonRequest,
  token: CancellationToken,
): Promise<{ kind: 'json'; value: unknown } | Failure> {
  const body = await askBytes(fetch, request, token)
  if (body.kind === 'failed') return body
  try {
    return { kind: 'json', value: JSON.parse(Buffer.from(body.bytes).toString()) }
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error
    return failed('malformed', `${request.name} sent something that is not JSON. Check its address, or try again.`)
  }
}

/** The answer's bytes, whole or not at all. @throws {CancelledError} */
export async function askBytes(
  fetch: typeof globalThis.fetch,
  { url, headers, body, name, secret, mostBytes: most = MOST_BYTES }: JsonRequest,
  token: CancellationToken,
): Promise<ServiceBody | Failure> {
  const post = body !== undefined && { method: 'POST', body: JSON.stringify(body) }
  const given = { ...headers, ...(body !== undefined && { 'content-type': 'application/json' }) }
  let response: Response
  try {
    response = await orCancelled(
      fetch(url, { ...post, headers: given, redirect: 'error', signal: token.signal }),
      token,
    )
  } catch (error) {
    token.throwIfCancelled()
    return failed('unreachable', `${name} cannot be asked (${reasonOf(error)}). Check its address and the network.`)
  }
  const read = await readBody(response.body, response.ok ? most : 64 * 1024, token)
  token.throwIfCancelled()
  if (!response.ok) return refused(name, response, Buffer.from(read.bytes).toString(), secret)
  if (read.end === 'full') return failed('too_large', `${name} sent more than ${most / 1024 / 1024} MB. Ask for less.`)
  if (read.end === 'cut') return failed('cut', `The answer of ${name} broke off. Try again.`)
  return { kind: 'body', type: (response.headers.get('content-type') ?? '').toLowerCase(), bytes: read.bytes }
}

function refused(name: string, { status }: Response, said: string, secret: string | undefined): Failure {
  const blotted = secret ? said.replaceAll(secret, '…') : said
  const line = blotted.replaceAll(/\s+/g, ' ').trim()
  const quote = line === '' || line.startsWith('<') ? '' : ` It said: ${line.slice(0, LONGEST_QUOTE)}`
  if (status === 401 || status === 403) {
    return failed('unauthorized', `${name} refuses the key. Ask the user to set it again.${quote}`)
  }
  if (status === 429) return failed('rate_limited', `${name} asks to slow down. Try again later.${quote}`)
  const next = status >= 500 ? 'Try again in a moment.' : 'Change the request.'
  return failed(status >= 500 ? 'server_error' : 'refused', `${name} answers HTTP ${status}. ${next}${quote}`)
}

function reasonOf(error: unknown): string {
  let last = error
  for (let depth = 0; depth < 8 && last instanceof Error && last.cause instanceof Error; depth++) last = last.cause
  return last instanceof Error && last.message !== '' ? last.message : 'no reason given'
}
