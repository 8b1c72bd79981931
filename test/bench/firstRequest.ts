import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Sessions } from '../../src/core/agent/sessions.ts'
import { modelClient } from '../../src/core/models/client.ts'
import { Journals } from '../../src/core/sessions/journal.ts'
import { systemClock } from '../../src/host/clock.ts'
import { delta, events, faultyServer } from '../support/faultyServer.ts'
import { silentLog } from '../support/openGate.ts'
import { sessionParts } from '../support/sessionParts.ts'
import type { Row } from './report.ts'

/** What the first request of a session carries, as its bytes leave. */
export async function firstRequest(): Promise<Row[]> {
  const sizes: number[] = []
  await using server = await faultyServer((response, _count, request) => {
    sizes.push(Number(request.headers['content-length']))
    events(response, delta({ content: 'ok' }, 'stop'), '[DONE]')
    response.end()
  })
  const folder = await mkdtemp(join(tmpdir(), 'stretto-bench-'))
  await using client = modelClient({ baseUrl: server.baseUrl, model: 'bench', api: 'chat' }, {}, systemClock)
  const parts = sessionParts(client.model, folder)
  const sessions = new Sessions(parts, new Journals(folder, silentLog))
  try {
    await sessions.create().send('Hello', { source: 'api' })
  } finally {
    await sessions.dispose()
    await parts.processes.dispose()
    await rm(folder, { recursive: true, force: true })
  }
  const body = server.bodies[0] ?? {}
  const kibibytes = (value: unknown): string => (Buffer.byteLength(JSON.stringify(value ?? '')) / 1024).toFixed(1)
  const tools = Array.isArray(body['tools']) ? body['tools'].length : 0
  const detail = `system prompt and “Hello” ${kibibytes(body['messages'])} KiB, ${tools} tools ${kibibytes(body['tools'])} KiB`
  return [{ name: 'bytes of the first request', detail, value: (sizes[0] ?? Number.NaN) / 1024, unit: 'KiB' }]
}
