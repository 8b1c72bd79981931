import * as z from 'zod'
import type { FoundSession } from '../sessions/sessionSearch.ts'
import type { AuxiliaryPorts } from './auxiliaryPorts.ts'
import { clip, count } from './clip.ts'
import type { Tool } from './tool.ts'

const DEFAULT_LIMIT = 10

const input = z.strictObject({
  query: z.string().min(1).max(200).describe('Words that all occur in the session.'),
  limit: z.int().min(1).max(50).optional().describe(`How many sessions; ${DEFAULT_LIMIT} unless given.`),
})
export type SessionSearchInput = z.infer<typeof input>

/** Searches what was said in earlier sessions of this workspace. */
export function sessionSearch(ports: Pick<AuxiliaryPorts, 'sessions' | 'session'>): Tool<SessionSearchInput> {
  return {
    name: 'session_search',
    description:
      'Searches what the user and you said in earlier sessions of this workspace. Gives the newest first, with dates and excerpts.',
    input,
    onSteer: 'return',
    deadlineMs: 20_000,
    summary: ({ query }) => query,
    async plan({ query, limit = DEFAULT_LIMIT }) {
      return {
        claims: [],
        action: { kind: 'read', targets: [] },
        async run(_progress, token) {
          const found = await ports.sessions.search(query, limit, ports.session.id, token)
          const fact = count(found.length, 'session')
          const text = found.map(shown).join('\n\n') || `No earlier session of this workspace has all of: ${query}`
          if (token.isCancellationRequested) return { kind: 'cancelled', partial: found.length > 0 ? text : '', fact }
          return { kind: 'completed', text, fact }
        },
      }
    },
  }
}

function shown({ title, at, excerpts }: FoundSession): string {
  const day = new Date(at).toISOString().slice(0, 10)
  return [`## ${day}: ${clip(title, 120)}`, ...excerpts.map(({ who, text }) => `- ${who}: ${text}`)].join('\n')
}
