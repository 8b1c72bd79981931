import type { ServerResponse } from 'node:http'
import { delta, events, faultyServer } from '../support/faultyServer.ts'
import { openChat } from '../e2e/support/chat.ts'
import { closeBrowser, openVsCode, type OpenVsCode } from '../e2e/support/openVsCode.ts'
import type { Row } from './report.ts'

/** Chunks a second. */
const RATES = [10, 100, 1_000]
/** How long an answer streams, and how much of its start is left out: the panel lays itself out then. */
const ANSWER_MS = 5_500
const START_MS = 500
/** Words of a paragraph. */
const PARAGRAPH = 60
const MODEL = { 'stretto.model.provider': 'openai', 'stretto.model.name': 'bench', 'stretto.model.api': 'chat' }

/** What the page saw; times are of the machine's clock, in ms. */
interface Watch {
  /** When each number stood in the document first. */
  seen: number[]
  /** Tasks of over 50 ms. */
  tasks: { at: number; ms: number; of: string }[]
}

/** Runs in the page; ends the watch before. */
const WATCH = `(() => {
  window.endWatch?.()
  const watch = { seen: [], tasks: [] }
  const look = (text, now) => {
    for (const [, number] of text.matchAll(/w(\\d+)/g)) while (watch.seen.length <= Number(number)) watch.seen.push(now)
  }
  const words = new MutationObserver((changes) => {
    const now = Date.now()
    for (const { target, addedNodes } of changes) {
      if (target.nodeType === Node.TEXT_NODE) look(target.textContent, now)
      for (const node of addedNodes) look(node.textContent, now)
    }
  })
  words.observe(document.querySelector('[role=log]'), { childList: true, characterData: true, subtree: true })
  const long = new PerformanceObserver((list) => {
    for (const { name, startTime, duration } of list.getEntries())
      watch.tasks.push({ at: performance.timeOrigin + startTime, ms: duration, of: name })
  })
  long.observe({ type: 'longtask' })
  window.endWatch = () => [words, long].forEach((observer) => observer.disconnect())
  return watch
})()`

/** From a chunk leaving the model's server to its text standing in the panel, in a real VS Code; and what hinders a frame. */
export async function screen(): Promise<Row[]> {
  const rows: Row[] = []
  let answer: (response: ServerResponse) => Promise<void> = () => Promise.resolve()
  await using server = await faultyServer(
    (response) => void answer(response),
    ({ method }) => method === 'POST',
  )
  try {
    await using vscode = await openVsCode({
      settings: { ...MODEL, 'stretto.model.baseUrl': server.baseUrl },
      env: { OPENAI_API_KEY: 'bench' },
    })
    for (const rate of RATES) {
      const sent: number[] = []
      const done = Promise.withResolvers<void>()
      answer = (response) => say(response, rate, sent).then(done.resolve, done.reject)
      const watch = await watchAnswer(vscode, done.promise)
      rows.push(...rowsOf(rate, sent, watch))
    }
  } finally {
    await closeBrowser()
  }
  return rows
}

/** Sends numbered words, each in a chunk of its own, and when. */
function say(response: ServerResponse, rate: number, sent: number[]): Promise<void> {
  const begun = performance.now()
  return new Promise((resolve) => {
    events(response, delta({ role: 'assistant', content: '' }))
    const timer = setInterval(() => {
      const elapsed = performance.now() - begun
      for (const due = (Math.min(elapsed, ANSWER_MS) * rate) / 1000; sent.length < due;) {
        const number = sent.push(Date.now()) - 1
        events(response, delta({ content: `w${number}${(number + 1) % PARAGRAPH === 0 ? '\n\n' : ' '}` }))
      }
      if (elapsed < ANSWER_MS) return
      clearInterval(timer)
      events(response, delta({}, 'stop'), '[DONE]')
      response.end()
      resolve()
    }, 1)
  })
}

async function watchAnswer({ driver, page }: OpenVsCode, answered: Promise<void>): Promise<Watch> {
  const chat = await openChat(page)
  await driver.evaluate((api) => api.commands.executeCommand('stretto.newSession'), undefined)
  const turns = chat.frame.locator('[data-turn-id]')
  await turns.first().waitFor({ state: 'detached' })
  const watch = await chat.transcript.evaluateHandle(WATCH)
  await chat.send('Count.')
  await answered
  await turns.last().getByText('Completed in').waitFor()
  return (await watch.jsonValue()) as Watch
}

function rowsOf(rate: number, sent: readonly number[], { seen, tasks }: Watch): Row[] {
  const from = (sent[0] ?? 0) + START_MS
  const took = sent
    .flatMap((at, number) => (at >= from && seen[number] !== undefined ? [seen[number] - at] : []))
    .toSorted((a, b) => a - b)
  const share = (part: number): number => took[Math.floor((took.length - 1) * part)] ?? Number.NaN
  const long = tasks.filter(({ at }) => at >= from)
  const longest = Math.max(0, ...long.map(({ ms }) => ms))
  const own = long.filter(({ of }) => of === 'self').length
  const over = `${long.length} over 50 ms, ${own} of them the panel's own: it shares a thread with VS Code's window`
  const shown = `${seen.length} of ${sent.length} chunks seen`
  const detail = `${shown}; p50 ${share(0.5)} ms, p99 ${share(0.99)} ms, longest ${share(1)} ms`
  const name = `at ${rate.toLocaleString('en')} chunks/s`
  return [
    { name: `server to panel ${name}, p95`, detail, value: share(0.95), unit: 'ms', target: 32 },
    { name: `longest task ${name}`, detail: over, value: longest, unit: 'ms', target: 50 },
  ]
}
