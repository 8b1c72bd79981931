/** Runs in a process of its own with `--expose-gc`: many turns of many sessions, and the heap at milestones. */
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Sessions } from '../../src/core/agent/sessions.ts'
import type { Model, ModelPart, ModelRequest } from '../../src/core/models/model.ts'
import { Journals } from '../../src/core/sessions/journal.ts'
import { silentLog } from '../support/openGate.ts'
import { call, calls, stop, text } from '../support/scriptedModels.ts'
import { sessionParts } from '../support/sessionParts.ts'

const TURNS_A_SESSION = 5

/** Asks for one call in each turn, then says a word. */
const model: Model = {
  id: 'bench',
  async *stream({ messages }: ModelRequest): AsyncGenerator<ModelPart> {
    const answered = messages.at(-1)?.role === 'result'
    if (answered) yield text('Done.')
    else yield call(0, 'todo', { items: [{ text: 'look', status: 'done' }] })
    yield answered ? stop : calls
  },
}

const milestones = process.argv.slice(2).map(Number)
const folder = await mkdtemp(join(tmpdir(), 'stretto-bench-'))
const parts = sessionParts(model, folder)
const sessions = new Sessions(parts, new Journals(join(folder, 'journals'), silentLog))
const heap: number[] = []
for (let turns = 0; heap.length < milestones.length; turns += TURNS_A_SESSION) {
  if (turns >= (milestones[heap.length] ?? 0)) heap.push(await used())
  const session = sessions.create()
  for (let turn = 0; turn < TURNS_A_SESSION; turn++) {
    const { status, calls: ran } = await session.send('go', { source: 'api' })
    if (status !== 'completed' || ran[0]?.status !== 'completed') throw new Error(`a turn ended as ${status}`)
  }
  await sessions.close(session.id)
}
await sessions.dispose()
await parts.processes.dispose()
await rm(folder, { recursive: true, force: true })
console.log(JSON.stringify(heap))

async function used(): Promise<number> {
  await new Promise((resolve) => setTimeout(resolve, 50))
  for (let i = 0; i < 4; i++) globalThis.gc?.()
  return process.memoryUsage().heapUsed
}
