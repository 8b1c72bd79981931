import { fork } from 'node:child_process'
import { once } from 'node:events'
import { OpenAI } from 'openai'
import { modelClient } from '../../src/core/models/client.ts'
import { Connection } from '../../src/core/models/connection.ts'
import { neverCancelled } from '../../src/core/scheduling/cancellation.ts'
import { systemClock } from '../../src/host/clock.ts'
import { median, type Row } from './report.ts'

const ROUNDS = 15

/** What reading a streamed answer costs, in CPU time, next to the library alone over the same connections. */
export async function stream(): Promise<Row[]> {
  const child = fork(new URL('streamChild.ts', import.meta.url), { stdio: ['ignore', 'inherit', 'inherit', 'ipc'] })
  try {
    const [{ port, chunks }] = (await once(child, 'message')) as [{ port: number; chunks: number }]
    const baseUrl = `http://127.0.0.1:${port}/v1`
    const ratios: number[] = []
    const costs: number[] = []
    await ours(baseUrl)
    await libraryAlone(baseUrl)
    for (let round = 0; round < ROUNDS; round++) {
      // Taking turns at being first, so that neither pays for the other's garbage.
      const first = round % 2 === 0
      const before = first ? undefined : await cpu(() => libraryAlone(baseUrl))
      const own = await cpu(() => ours(baseUrl))
      const alone = before ?? (await cpu(() => libraryAlone(baseUrl)))
      ratios.push(own / alone)
      costs.push(own)
    }
    const each = ((median(costs) / chunks) * 1000).toFixed(1)
    const detail = `an answer of ${chunks} chunks over HTTP on this machine, ${each} µs of CPU a chunk; median of ${ROUNDS}`
    return [{ name: 'CPU of a streamed answer / openai alone', detail, value: median(ratios), unit: '×', target: 1.1 }]
  } finally {
    child.disconnect()
  }
}

async function ours(baseUrl: string): Promise<number> {
  await using client = modelClient({ baseUrl, model: 'bench', api: 'chat' }, {}, systemClock)
  let length = 0
  for await (const part of client.model.stream({ messages: [{ role: 'user', text: 'go' }], tools: [] }, neverCancelled))
    if (part.type === 'text') length += part.text.length
  return length
}

async function libraryAlone(baseUrl: string): Promise<number> {
  const connection = new Connection(baseUrl, {})
  try {
    const client = new OpenAI({ baseURL: baseUrl, apiKey: 'none', maxRetries: 0, fetch: connection.fetch })
    const messages = [{ role: 'user' as const, content: 'go' }]
    const options = { model: 'bench', messages, stream: true as const, stream_options: { include_usage: true } }
    let length = 0
    for await (const chunk of await client.chat.completions.create(options))
      length += chunk.choices[0]?.delta.content?.length ?? 0
    return length
  } finally {
    await connection.close()
  }
}

/** CPU time of this process, in ms. */
async function cpu(work: () => Promise<number>): Promise<number> {
  const before = process.cpuUsage()
  if ((await work()) === 0) throw new Error('the answer was empty')
  const { user, system } = process.cpuUsage(before)
  return (user + system) / 1000
}
