import * as z from 'zod'
import type { Failure } from '../ports.ts'
import type { CancellationToken } from '../scheduling/cancellation.ts'
import { failed } from '../tools/tool.ts'
import { askJson, type JsonRequest } from './askJson.ts'

export interface SearchHit {
  title: string
  url: string
  text: string
}

/** A search engine as it is configured. */
export interface SearchEngine {
  kind: 'engine'
  /** As the user reads it. */
  name: string
  /** Not more than a handful of hits. @throws {CancelledError} */
  search(query: string, token: CancellationToken): Promise<SearchHit[] | Failure>
}

export type SearchProvider = 'tavily' | 'brave' | 'searxng'

export interface SearchOptions {
  provider: SearchProvider
  /** Of the server, without a path of the API. */
  baseUrl: string
  apiKey: string | undefined
  /** Over connections that somebody else owns. */
  fetch: typeof globalThis.fetch
}

const MOST_HITS = 10

/** Where each is asked when no URL is configured; SearXNG has no such place. */
export const searchUrls: Record<SearchProvider, string | undefined> = {
  tavily: 'https://api.tavily.com',
  brave: 'https://api.search.brave.com',
  searxng: undefined,
}

export const searchNames: Record<SearchProvider, string> = {
  tavily: 'Tavily',
  brave: 'Brave Search',
  searxng: 'SearXNG',
}

const text = z.string().catch('')
const answers = {
  tavily: z.object({ results: z.array(z.object({ title: text, url: z.string(), content: text })) }),
  brave: z.object({
    web: z.object({ results: z.array(z.object({ title: text, url: z.string(), description: text })) }).optional(),
  }),
  searxng: z.object({ results: z.array(z.object({ title: text, url: z.string(), content: text })) }),
}

export function searchEngine(options: SearchOptions): SearchEngine {
  const { provider, baseUrl, fetch, apiKey } = options
  return {
    kind: 'engine',
    name: searchNames[provider],
    async search(query, token) {
      const request = requestFor(provider, baseUrl, apiKey, query)
      const answer = await askJson(fetch, { ...request, name: searchNames[provider], secret: apiKey }, token)
      if (answer.kind === 'failed') return answer
      const hits = hitsOf(provider, answer.value)
      if (hits !== undefined) return hits.slice(0, MOST_HITS).map(inOneLine)
      return failed(
        'malformed',
        `${searchNames[provider]} sent something that is no list of results. Check its address.`,
      )
    },
  }
}

function requestFor(
  provider: SearchProvider,
  baseUrl: string,
  apiKey = '',
  query: string,
): Pick<JsonRequest, 'url' | 'headers' | 'body'> {
  switch (provider) {
    case 'tavily': {
      const headers = { authorization: `Bearer ${apiKey}` }
      return { url: `${baseUrl}/search`, headers, body: { query, max_results: MOST_HITS } }
    }
    case 'brave': {
      const parameters = new URLSearchParams({ q: query, count: String(MOST_HITS) })
      return {
        url: `${baseUrl}/res/v1/web/search?${parameters.toString()}`,
        headers: { 'x-subscription-token': apiKey },
      }
    }
    case 'searxng': {
      const headers = apiKey === '' ? undefined : { authorization: `Bearer ${apiKey}` }
      return { url: `${baseUrl}/search?${new URLSearchParams({ q: query, format: 'json' }).toString()}`, headers }
    }
  }
}

function hitsOf(provider: SearchProvider, value: unknown): SearchHit[] | undefined {
  switch (provider) {
    case 'brave': {
      const found = answers.brave.safeParse(value).data
      return (
        found && (found.web?.results ?? []).map(({ title, url, description }) => ({ title, url, text: description }))
      )
    }
    case 'tavily':
    case 'searxng':
      return answers[provider]
        .safeParse(value)
        .data?.results.map(({ title, url, content }) => ({ title, url, text: content }))
  }
}

/** Results may hold markup of the engine's own, such as `<strong>`. */
function inOneLine({ title, url, text: words }: SearchHit): SearchHit {
  const clean = (value: string): string =>
    value
      .replaceAll(/<\/?[a-z]+>/gi, '')
      .replaceAll(/\s+/g, ' ')
      .trim()
  return { title: clean(title), url: clean(url), text: clean(words) }
}
