import { Worker } from 'node:worker_threads'
import type { Clock } from '../ports.ts'
import type { CancellationToken } from '../scheduling/cancellation.ts'
import { type PageMessage, pageText, type PageText } from './pageMessages.ts'

const LIMIT_MS = 10_000
/** What is left of it when the call is cancelled: a cancelled call has little time. */
const CANCELLED_MS = 1_500
const MEMORY_MB = 256

export interface PageParts {
  /** The program of the worker. */
  program: string
  clock: Clock
}

/** The page in Markdown; its bare words where that fails, or takes too long. Never throws. */
export async function readPage(page: PageMessage, parts: PageParts, token: CancellationToken): Promise<PageText> {
  return (await inWorker(page, parts, token)) ?? { title: '', markdown: bareWords(page.html) }
}

async function inWorker(
  page: PageMessage,
  { program, clock }: PageParts,
  token: CancellationToken,
): Promise<PageText | undefined> {
  const { promise, resolve } = Promise.withResolvers<PageText | undefined>()
  const worker = new Worker(program, {
    workerData: page,
    env: {},
    stdout: true,
    stderr: true,
    resourceLimits: { maxOldGenerationSizeMb: MEMORY_MB },
  })
  worker.once('message', (message: unknown) => resolve(pageText.safeParse(message).data))
  worker.once('error', () => resolve(undefined))
  worker.once('exit', () => resolve(undefined))
  const giveUp = (): void => resolve(undefined)
  const limit = clock.after(LIMIT_MS, giveUp)
  let soon: { dispose(): void } | undefined
  const link = token.onCancellationRequested(() => (soon = clock.after(CANCELLED_MS, giveUp)))
  try {
    return await promise
  } finally {
    limit.dispose()
    link.dispose()
    soon?.dispose()
    await worker.terminate()
  }
}

/** The text between the tags of markup. */
export function bareWords(html: string): string {
  return html
    .replaceAll(/<(script|style|template)\b[\s\S]*?(?:<\/\1\s*>|$)/gi, ' ')
    .replaceAll(/<[^>]*(?:>|$)/g, ' ')
    .replaceAll(/[^\S\n]+/g, ' ')
    .replaceAll(/\s*\n\s*/g, '\n')
    .trim()
}
