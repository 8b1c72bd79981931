import * as z from 'zod'
import type { CancellationToken } from '../scheduling/cancellation.ts'
import { Connection, type Network } from './connection.ts'

/** The ids of an endpoint's models; undefined when it does not tell within `deadlineMs`. */
export type Probe = (
  endpoint: { baseUrl: string; apiKey?: string },
  deadlineMs: number,
  token: CancellationToken,
) => Promise<string[] | undefined>

const list = z.object({ data: z.array(z.object({ id: z.string() })) })

/** Asks `GET /models`. */
export function modelsProbe(network: Network): Probe {
  return async ({ baseUrl, apiKey }, deadlineMs, token) => {
    const connection = new Connection(baseUrl, network)
    try {
      const signal = AbortSignal.any([token.signal, AbortSignal.timeout(deadlineMs)])
      const headers: Record<string, string> = apiKey === undefined ? {} : { authorization: `Bearer ${apiKey}` }
      const response = await connection.fetch(`${baseUrl}/models`, { headers, signal, redirect: 'error' })
      if (!response.ok) return undefined
      const parsed = list.safeParse(await response.json())
      return parsed.success ? parsed.data.data.map(({ id }) => id) : undefined
    } catch {
      // Whatever the reason: nobody is there who lists models.
      return undefined
    } finally {
      await connection.close()
    }
  }
}
