import * as z from 'zod'
import type { CancellationToken } from '../scheduling/cancellation.ts'
import { Connection } from './connection.ts'
import type { ModelFacts } from './facts.ts'

/** How a server on this machine says what it knows of its models. */
export type ServerKind = 'ollama' | 'lmStudio'

const DEADLINE_MS = 500

/**
 * What a server on this machine says of one of its models; empty when it does not within a moment.
 *
 * @param baseUrl of its compatible endpoint
 */
export async function serverFacts(
  kind: ServerKind,
  baseUrl: string,
  model: string,
  token: CancellationToken,
): Promise<Partial<ModelFacts>> {
  const connection = new Connection(baseUrl, {})
  const signal = AbortSignal.any([token.signal, AbortSignal.timeout(DEADLINE_MS)])
  const ask = async (path: string, init: RequestInit = {}): Promise<unknown> => {
    const answer = await connection.fetch(new URL(path, baseUrl), { ...init, signal, redirect: 'error' })
    return answer.ok ? answer.json() : undefined
  }
  try {
    return kind === 'ollama' ? await ollama(ask, model) : await lmStudio(ask, model)
  } catch {
    // An older server, or one that is busy: it can be asked for answers all the same.
    return {}
  } finally {
    await connection.close()
  }
}

type Ask = (path: string, init?: RequestInit) => Promise<unknown>

const shown = z.object({
  capabilities: z.array(z.string()).optional(),
  model_info: z.record(z.string(), z.unknown()).optional(),
  parameters: z.string().optional(),
})
const running = z.object({ models: z.array(z.object({ name: z.string(), context_length: z.number().optional() })) })

/** Ollama cuts what is longer than it has room for: that counts, more than what the model could read. */
async function ollama(ask: Ask, model: string): Promise<Partial<ModelFacts>> {
  const [show, ps] = await Promise.all([
    ask('/api/show', { method: 'POST', body: JSON.stringify({ model }) }),
    ask('/api/ps'),
  ])
  const { capabilities, model_info = {}, parameters = '' } = shown.parse(show)
  const loaded = running.safeParse(ps).data?.models.find(({ name }) => name === model)?.context_length
  const set = /^num_ctx\s+(\d+)$/m.exec(parameters)?.[1]
  const most = Object.entries(model_info).find(([key]) => key.endsWith('.context_length'))?.[1]
  return {
    ...known(loaded ?? (set === undefined ? most : Number(set))),
    ...(capabilities && {
      images: capabilities.includes('vision'),
      reasoning: capabilities.includes('thinking'),
      tools: capabilities.includes('tools'),
    }),
  }
}

const listed = z.object({
  type: z.string().optional(),
  max_context_length: z.number().optional(),
  loaded_context_length: z.number().optional(),
  capabilities: z.array(z.string()).optional(),
})

async function lmStudio(ask: Ask, model: string): Promise<Partial<ModelFacts>> {
  const { type, max_context_length, loaded_context_length, capabilities } = listed.parse(
    await ask(`/api/v0/models/${encodeURIComponent(model)}`),
  )
  return {
    ...known(loaded_context_length ?? max_context_length),
    ...(type !== undefined && { images: type === 'vlm' }),
    ...(capabilities && { tools: capabilities.includes('tool_use') }),
  }
}

function known(contextTokens: unknown): Partial<ModelFacts> {
  return typeof contextTokens === 'number' && contextTokens > 0 ? { contextTokens } : {}
}
