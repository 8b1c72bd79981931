/** How an endpoint is spoken to: Chat Completions or Responses. */
export type Api = 'chat' | 'responses'

/** Where a model is asked, and how. */
export interface Endpoint {
  /** Normalised: see `normalise`. */
  baseUrl: string
  model: string
  apiKey?: string
  api: Api
  /** Sent along with each request. */
  headers?: Readonly<Record<string, string>>
}

/** The endpoint as one spelling, to compare and to store keys under; undefined when it is no http or https address. */
export function normalise(baseUrl: string): string | undefined {
  const url = URL.parse(baseUrl.trim())
  if (url === null || (url.protocol !== 'http:' && url.protocol !== 'https:')) return undefined
  return `${url.origin}${url.pathname.replace(/\/+$/, '')}`
}

/** `api.openai.com`, `localhost:11434`. */
export function hostOf(baseUrl: string): string {
  return URL.parse(baseUrl)?.host ?? baseUrl
}

/** Whether it is this machine, so that no proxy stands between. */
export function isLocal(baseUrl: string): boolean {
  const name = URL.parse(baseUrl)?.hostname ?? ''
  return name === 'localhost' || name.endsWith('.localhost') || name === '[::1]' || /^127\.\d+\.\d+\.\d+$/.test(name)
}
