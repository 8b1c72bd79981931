import { appendFile, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { Journals } from '../../../../src/core/sessions/journal.ts'
import type { SessionEvent } from '../../../../src/protocol/events.ts'
import { silentLog } from '../../../support/openGate.ts'

const of = { at: 1, turnId: 't1' }
let folder: string

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'journal-'))
})
afterEach(() => rm(folder, { recursive: true, force: true }))

describe('a journal', () => {
  test('gives back what was appended, in order, neighbouring text joined', async () => {
    const journals = new Journals(join(folder, 'deep'), silentLog)
    const journal = journals.open('s')
    const first: SessionEvent = { ...of, type: 'stepStarted', stepId: 's1', model: 'm' }
    journal.append(first)
    for (const text of ['a', 'b', 'c']) journal.append({ ...of, type: 'textAdded', stepId: 's1', text })
    await journal.flush()
    journal.append({ ...of, type: 'turnEnded', status: 'completed' })
    await journal.flush()
    expect(await journals.read('s')).toEqual([
      first,
      { ...of, type: 'textAdded', stepId: 's1', text: 'abc' },
      { ...of, type: 'turnEnded', status: 'completed' },
    ])
  })

  test('is read up to a line that a crash tore, and leaves out what it does not know', async () => {
    const journals = new Journals(folder, silentLog)
    const journal = journals.open('s')
    journal.append({ ...of, type: 'turnEnded', status: 'completed' })
    await journal.flush()
    await appendFile(
      join(folder, 's.jsonl'),
      '{"type":"unheard","at":1,"turnId":"t"}\n{"type":"callRunning","at":1,"turnId":"t"}\n{"type":"tur',
    )
    expect(await journals.read('s')).toEqual([{ ...of, type: 'turnEnded', status: 'completed' }])
  })

  test('goes on after a line that a crash tore, and loses nothing of its own to it', async () => {
    await writeFile(join(folder, 's.jsonl'), '{"type":"tur')
    const journals = new Journals(folder, silentLog)
    const journal = journals.open('s')
    journal.append({ ...of, type: 'turnEnded', status: 'stopped' })
    await journal.flush()
    expect(await journals.read('s')).toEqual([{ ...of, type: 'turnEnded', status: 'stopped' }])
  })

  test.each([
    { type: 'stepEnded', stepId: 's1', usage: null },
    { type: 'callEnded', callId: 'c1', status: 'completed', result: 'x', changes: 'none' },
    { type: 'callOutput', callId: 'c1' },
    { type: 'callApproval', callId: 'c1', request: null },
    { type: 'turnEnded', status: 'running' },
  ])('leaves out an event that is not as this version writes it: $type', async (event) => {
    await writeFile(join(folder, 's.jsonl'), `${JSON.stringify({ ...of, ...event })}\n`)
    expect(await new Journals(folder, silentLog).read('s')).toEqual([])
  })

  test('says so in the log when it cannot be written, and goes on', async () => {
    await writeFile(join(folder, 'file'), '')
    const errors: string[] = []
    const journals = new Journals(join(folder, 'file'), { ...silentLog, error: (message) => errors.push(message) })
    const journal = journals.open('s')
    journal.append({ ...of, type: 'turnEnded', status: 'completed' })
    await journal.flush()
    expect(errors).toHaveLength(1)
  })

  test('reads nothing outside its folder', async () => {
    await writeFile(join(folder, 'x.jsonl'), '{"type":"turnEnded","at":1,"turnId":"t","status":"completed"}\n')
    expect(await new Journals(join(folder, 'sub'), silentLog).read('../x')).toBeUndefined()
    expect(await new Journals(folder, silentLog).read('missing')).toBeUndefined()
    expect(await readFile(join(folder, 'x.jsonl'), 'utf8')).not.toBe('')
  })
})
