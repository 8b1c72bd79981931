import { type Dispatcher, fetch, type Response } from 'undici'
import type { Network } from '../models/connection.ts'
import type { Clock, Failure } from '../ports.ts'
import { CancellationSource, CancelledError, type CancellationToken, orCancelled } from '../scheduling/cancellation.ts'
import { failed } from '../tools/tool.ts'
import { notPublic, pageUrl } from './address.ts'
import { type Body, readBody } from './body.ts'
import { NotPublicError, pinnedDispatcher, publicAddresses, type Names } from './pinned.ts'

const MOST_HOPS = 10
const HEADERS_MS = 20_000
const REDIRECTS = new Set([301, 302, 303, 307, 308])

export interface FetchParts {
  clock: Clock
  /** Read for each page. */
  network: (url: string) => Network
  names: Names
}

export interface FetchRequest {
  url: string
  accept: string
  /** Of the body, after decompression. */
  mostBytes: number
  /** Whether a redirect may lead to this URL's host. */
  permits(url: string): Promise<boolean>
}

export interface FetchedPage extends Body {
  kind: 'fetched'
  /** After redirects. */
  url: string
  /** In small letters, with its parameters; empty where the server says none. */
  type: string
}

/**
 * Fetches a page of the public internet. Redirects are followed by hand, each with the checks of the first address. A
 * fetch that is cancelled while its body comes gives what has come.
 *
 * @throws {CancelledError} when cancelled before
 */
export async function fetchPage(
  request: FetchRequest,
  parts: FetchParts,
  token: CancellationToken,
): Promise<FetchedPage | Failure> {
  let url = pageUrl(request.url)
  const seen = new Set<string>()
  while (!('kind' in url)) {
    if (seen.has(url.href) || seen.size > MOST_HOPS) {
      return failed('redirects', `${url.host} redirects without end. Nothing was read; try another page.`)
    }
    seen.add(url.href)
    token.throwIfCancelled()
    const answer = await hop(url, request, parts, token)
    if (!(answer instanceof URL)) return answer
    if (answer.host !== url.host && !(await request.permits(answer.href))) {
      return failed(
        'redirected',
        `${url.href} leads to another host, which has not been allowed: ${answer.href}\nNothing was read. Call again with that URL to ask for it.`,
      )
    }
    url = answer
  }
  return url
}

/** One request, on connections of its own, which end with it. */
async function hop(
  url: URL,
  request: FetchRequest,
  parts: FetchParts,
  token: CancellationToken,
): Promise<FetchedPage | URL | Failure> {
  const network = parts.network(url.href)
  const dispatcher = pinnedDispatcher(network, parts.names)
  const source = new CancellationSource()
  using stack = new DisposableStack()
  stack.use({ [Symbol.dispose]: () => void dispatcher.destroy() })
  const link = token.onCancellationRequested(() => source.cancel(token.reason ?? 'stop'))
  stack.defer(() => link.dispose())
  const slow = parts.clock.after(HEADERS_MS, () => source.cancel('timeout'))
  stack.defer(() => slow.dispose())
  try {
    if (network.httpProxy || network.httpsProxy) await orCancelled(beforeProxy(url, parts.names), source.token)
    const response = await orCancelled(ask(url, request.accept, dispatcher, source.token), source.token)
    slow.dispose()
    return await read(url, response, request.mostBytes, source.token)
  } catch (error) {
    token.throwIfCancelled()
    return unreachable(url, error)
  }
}

function ask(url: URL, accept: string, dispatcher: Dispatcher, { signal }: CancellationToken): Promise<Response> {
  const headers = { accept, 'accept-language': 'en, *;q=0.5', 'user-agent': 'Mozilla/5.0 (compatible; Stretto)' }
  return fetch(url, { dispatcher, headers, signal, redirect: 'manual', referrerPolicy: 'no-referrer' })
}

/** A proxy resolves for itself, and may know names that this machine does not; what this machine knows is checked. */
async function beforeProxy(url: URL, names: Names): Promise<void> {
  try {
    await publicAddresses(url.hostname.replace(/^\[|\]$/g, ''), names)
  } catch (error) {
    if (error instanceof NotPublicError) throw error
  }
}

async function read(
  url: URL,
  response: Response,
  most: number,
  token: CancellationToken,
): Promise<FetchedPage | URL | Failure> {
  const { status, headers, body } = response
  const location = headers.get('location')
  if (REDIRECTS.has(status) && location !== null) return pageUrl(location, url)
  if (!response.ok) {
    const code = status === 404 || status === 410 ? 'not_found' : 'http_error'
    const words = `${status} ${response.statusText}`.trim()
    return failed(code, `${url.href} answers ${words}. Check the address, or try another page.`)
  }
  const type = (headers.get('content-type') ?? '').toLowerCase()
  return { kind: 'fetched', url: url.href, type, ...(await readBody(body, most, token)) }
}

function unreachable(url: URL, error: unknown): Failure {
  if (error instanceof CancelledError) {
    return failed('timeout', `${url.host} did not answer within ${HEADERS_MS / 1_000} s. Try again, or another page.`)
  }
  const causes = causesOf(error)
  const guarded = causes.find((cause) => cause instanceof NotPublicError)
  if (guarded !== undefined) return notPublic(guarded.host)
  const words = causes.at(-1)?.message || 'no reason given'
  return failed('unreachable', `${url.host} cannot be reached (${words}). Check the address, or try another page.`)
}

function causesOf(error: unknown): Error[] {
  const found: Error[] = []
  for (let next = error; next instanceof Error && found.length < 8; next = next.cause) found.push(next)
  return found
}
