/** A worker thread that makes Markdown of one page: parsing what a stranger wrote may take any time and memory. */
import { parentPort, workerData } from 'node:worker_threads'
import { toMarkdown } from './markdown.ts'
import { pageMessage } from './pageMessages.ts'

parentPort?.postMessage(toMarkdown(pageMessage.parse(workerData)), [])
