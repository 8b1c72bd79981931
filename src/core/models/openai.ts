import OpenAI from 'openai'
import type { Endpoint } from './endpoint.ts'

/** The library for one endpoint, over these connections alone; nothing of the environment is sent. */
export function openAi({ baseUrl, apiKey, headers }: Endpoint, fetch: typeof globalThis.fetch): OpenAI {
  const make = (): OpenAI =>
    new OpenAI({
      baseURL: baseUrl,
      apiKey: apiKey || 'none',
      // Else read from the environment, and sent to whatever endpoint this is.
      adminAPIKey: null,
      organization: null,
      project: null,
      webhookSecret: null,
      defaultHeaders: { ...(apiKey ? {} : { authorization: null }), ...headers },
      fetch,
      maxRetries: 0,
      timeout: 2 ** 31 - 1,
      logLevel: 'off',
    })
  return unseen('OPENAI_CUSTOM_HEADERS', make)
}

/** As long as the API takes it. */
export function toCacheKey(key: string): string {
  return key.slice(0, 64)
}

/** Does it while the variable is not there: the library would send what is in it to whatever endpoint this is. */
function unseen<T>(name: string, make: () => T): T {
  const kept = process.env[name]
  delete process.env[name]
  try {
    return make()
  } finally {
    if (kept !== undefined) process.env[name] = kept
  }
}
