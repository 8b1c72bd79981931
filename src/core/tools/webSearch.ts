import * as z from 'zod'
import { orCancelled } from '../scheduling/cancellation.ts'
import type { AuxiliaryPorts } from './auxiliaryPorts.ts'
import { clip, count } from './clip.ts'
import type { Tool } from './tool.ts'

const LONGEST_TEXT = 500

const input = z.strictObject({ query: z.string().min(1).max(400) })
export type WebSearchInput = z.infer<typeof input>

/** Asks the search engine that the user has configured. */
export function webSearch(ports: Pick<AuxiliaryPorts, 'search'>): Tool<WebSearchInput> {
  return {
    name: 'web_search',
    description: 'Searches the web and gives titles, URLs and excerpts. Read a page with web_extract.',
    input,
    onSteer: 'return',
    deadlineMs: 30_000,
    summary: ({ query }) => query,
    async plan({ query }) {
      return {
        claims: [],
        action: { kind: 'web', query },
        async run(_progress, token) {
          const engine = await orCancelled(ports.search(token), token)
          if (engine.kind === 'failed') return engine
          const hits = await engine.search(query, token)
          if ('kind' in hits) return hits
          const lines = hits.map(({ title, url, text }) => `- ${title}\n  ${url}\n  ${clip(text, LONGEST_TEXT)}`)
          const text = lines.join('\n') || `${engine.name} finds nothing for ${query}. Ask with other words.`
          return { kind: 'completed', text, fact: count(hits.length, 'result') }
        },
      }
    },
  }
}
