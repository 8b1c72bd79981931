import { fileURLToPath } from 'node:url'

/** The program that reads pages, as it is in the source: Node runs it as it is. */
export const pageProgram = fileURLToPath(new URL('../../src/core/web/pageWorker.ts', import.meta.url))
