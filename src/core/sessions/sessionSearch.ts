import { createReadStream } from 'node:fs'
import { readdir, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import type { SessionEvent } from '../../protocol/events.ts'
import type { CancellationToken } from '../scheduling/cancellation.ts'
import { parseLine } from './journal.ts'

/** Bounds of one search: the newest journals, and so much of each. */
const MOST_JOURNALS = 200
const MOST_BYTES = 32 * 1024 * 1024
const MOST_EXCERPTS = 3
const AROUND = 120

export interface FoundSession {
  sessionId: string
  /** The first line of its first message. */
  title: string
  /** Of its first message, in ms since the epoch. */
  at: number
  excerpts: { who: 'user' | 'assistant'; text: string }[]
}

export interface SessionSearch {
  /**
   * Sessions in which all words of the query occur, the newest first. Cancelled: what has been found.
   *
   * @param except the session that asks
   */
  search(query: string, limit: number, except: string, token: CancellationToken): Promise<FoundSession[]>
}

/** Searches the journals of a folder. */
export function sessionSearch(folder: string): SessionSearch {
  return {
    async search(query, limit, except, token) {
      const words = query.toLowerCase().split(/\s+/).filter(Boolean)
      const found: FoundSession[] = []
      for (const { sessionId, file } of await newest(folder)) {
        if (found.length >= limit || token.isCancellationRequested) break
        if (sessionId === except) continue
        const session = await searchJournal(file, words, token)
        if (session !== undefined) found.push({ sessionId, ...session })
      }
      return found
    },
  }
}

async function newest(folder: string): Promise<{ sessionId: string; file: string }[]> {
  const names = await readdir(folder).catch(() => [])
  const files = names.filter((name) => name.endsWith('.jsonl')).map((name) => join(folder, name))
  const dated = await Promise.all(
    files.map(async (file) => {
      const stats = await stat(file).catch(() => undefined)
      return stats?.isFile() === true ? [{ file, at: stats.mtimeMs }] : []
    }),
  )
  return dated
    .flat()
    .toSorted((a, b) => b.at - a.at)
    .slice(0, MOST_JOURNALS)
    .map(({ file }) => ({ file, sessionId: file.slice(folder.length + 1, -'.jsonl'.length) }))
}

/** Undefined where a word is missing; cancelled in the middle, where it has been missing so far. */
async function searchJournal(
  file: string,
  words: readonly string[],
  token: CancellationToken,
): Promise<Omit<FoundSession, 'sessionId'> | undefined> {
  const missing = new Set(words)
  const excerpts: FoundSession['excerpts'] = []
  let title: string | undefined
  let started = 0
  for await (const { who, text, at } of messagesOf(file)) {
    if (token.isCancellationRequested) break
    if (title === undefined) started = at
    title ??= text.trim().split('\n', 1)[0] ?? ''
    const small = text.toLowerCase()
    const here = words.filter((word) => small.includes(word))
    for (const word of here) missing.delete(word)
    const [first] = here
    if (first !== undefined && excerpts.length < MOST_EXCERPTS) excerpts.push({ who, text: excerpt(text, first) })
  }
  return missing.size === 0 && title !== undefined ? { title, at: started, excerpts } : undefined
}

/** What was said, in order; the pieces of one answer together. */
async function* messagesOf(file: string): AsyncGenerator<{ who: 'user' | 'assistant'; text: string; at: number }> {
  let answer: { stepId: string; text: string; at: number } | undefined
  for await (const event of eventsOf(file)) {
    if (event.type === 'textAdded' && event.stepId === answer?.stepId) answer.text += event.text
    else {
      if (answer !== undefined) yield { who: 'assistant', ...answer }
      answer = event.type === 'textAdded' ? { stepId: event.stepId, text: event.text, at: event.at } : undefined
      if (event.type !== 'textAdded') yield { who: 'user', text: event.text, at: event.at }
    }
  }
  if (answer !== undefined) yield { who: 'assistant', ...answer }
}

type Said = Extract<SessionEvent, { type: 'turnStarted' | 'messageSteered' | 'textAdded' }>

async function* eventsOf(file: string): AsyncGenerator<Said> {
  const lines = createInterface({ input: createReadStream(file, { end: MOST_BYTES }), crlfDelay: Infinity })
  for await (const line of lines) {
    if (!/"type":"(?:turnStarted|messageSteered|textAdded)"/.test(line)) continue
    const event = parseLine(line)
    if (event?.type === 'turnStarted' || event?.type === 'messageSteered' || event?.type === 'textAdded') yield event
  }
}

function excerpt(text: string, word: string): string {
  const at = text.toLowerCase().indexOf(word)
  const start = Math.max(0, at - AROUND)
  const end = at + word.length + AROUND
  const line = text.slice(start, end).replaceAll(/\s+/g, ' ').trim()
  return `${start > 0 ? '…' : ''}${line}${end < text.length ? '…' : ''}`
}
