import { execFile } from 'node:child_process'
import { cp, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import * as z from 'zod'
import { CallAssembler } from '../../../../src/core/models/callAssembler.ts'
import { demoModel } from '../../../../src/core/models/demo.ts'
import type { ModelMessage } from '../../../../src/core/models/model.ts'
import type { Clock } from '../../../../src/core/ports.ts'
import { CancellationSource, neverCancelled } from '../../../../src/core/scheduling/cancellation.ts'
import { ManualClock } from '../../../support/manualClock.ts'

const sample = join(import.meta.dirname, '../../../fixtures/sample')
/** A clock on which no time passes while somebody waits. */
const instant: Clock = {
  now: () => 0,
  after: (_ms, callback) => {
    queueMicrotask(callback)
    return { dispose: () => undefined }
  },
}

type Tool = (folder: string, input: Record<string, unknown>) => Promise<string>
const edits = z.array(z.object({ old_text: z.string(), new_text: z.string() }))
const at = (folder: string, path: unknown) => join(folder, z.string().parse(path))

/** The tools as the contract has them, as small as can be. */
const tools: Record<string, Tool> = {
  read_file: async (folder, { path }) => {
    const text = await readFile(at(folder, path), 'utf8').catch(() => undefined)
    if (text === undefined) return 'Error (not_found): there is no such file.'
    return text
      .split('\n')
      .map((line, index) => `${index + 1}\t${line}`)
      .join('\n')
  },
  find_files: async (folder) =>
    (await readdir(folder, { recursive: true })).filter((path) => path.includes('.')).join('\n'),
  search_files: () => Promise.resolve('src/cart.js:1: discounted'),
  diagnostics: () => Promise.resolve('No problems.'),
  edit_file: async (folder, { path, edits: given }) => {
    let text = await readFile(at(folder, path), 'utf8')
    for (const { old_text, new_text } of edits.parse(given)) {
      if (text.split(old_text).length !== 2) return 'Error (no_match): the text is not there exactly once.'
      text = text.replace(old_text, new_text)
    }
    await writeFile(at(folder, path), text)
    return 'Edited.'
  },
  terminal: (folder, { command }) =>
    new Promise((resolve) => {
      const env = { PATH: process.env['PATH'], HOME: process.env['HOME'] }
      execFile('sh', ['-c', z.string().parse(command)], { cwd: folder, env }, (error, stdout) => {
        resolve(error === null ? stdout : `Exit code ${error.code ?? 1}\n${stdout}`)
      })
    }),
}

let folder = ''
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'stretto-sample-'))
  await cp(sample, folder, { recursive: true })
})
afterEach(() => rm(folder, { recursive: true, force: true }))

/** Runs a whole turn: steps of calls, one after another, until the demo asks for no more. Gives its last words. */
async function turn(prompt: string, own: Record<string, Tool> = {}): Promise<{ steps: string[][]; last: string }> {
  const offered = { ...tools, ...own }
  const messages: ModelMessage[] = [{ role: 'user', text: prompt }]
  const definitions = Object.keys(offered).map((name) => ({ name, description: name, parameters: {} }))
  const steps: string[][] = []
  for (let count = 0; count < 8; count++) {
    const assembler = new CallAssembler()
    const asked: { id: string; name: string; input: unknown }[] = []
    let text = ''
    for await (const part of demoModel(instant).stream({ messages, tools: definitions }, neverCancelled)) {
      if (part.type === 'text') text += part.text
      const found = part.type === 'call' ? assembler.add(part) : part.type === 'end' ? assembler.end() : []
      for (const event of found) {
        if (event.kind === 'complete')
          asked.push({ id: `c${messages.length}.${event.index}`, name: event.name, input: event.input })
      }
    }
    messages.push({ role: 'assistant', text, calls: asked })
    if (asked.length === 0) return { steps, last: text }
    steps.push(asked.map(({ name }) => name))
    for (const { id, name, input } of asked) {
      const result =
        (await offered[name]?.(folder, z.record(z.string(), z.unknown()).parse(input))) ?? 'Error (unknown_tool): no.'
      messages.push({ role: 'result', callId: id, name, text: result })
    }
  }
  throw new Error('it goes on for ever')
}

describe('the demo on the sample workspace', () => {
  test('the tests fail as it comes', async () => {
    expect(await tools['terminal']?.(folder, { command: 'npm test' })).toMatch(/^Exit code 1\n/)
  })

  test.each(['fix the failing test', 'Run the tests and repair what fails'])(
    '“%s” really repairs it',
    async (prompt) => {
      const { steps, last } = await turn(prompt)
      expect(steps).toEqual([
        ['read_file', 'read_file', 'read_file', 'read_file', 'find_files', 'search_files'],
        ['terminal', 'read_file'],
        ['edit_file', 'edit_file', 'terminal'],
      ])
      expect(last).toContain('**The tests pass.**')
      expect(last).toContain('`npm test` after: exit code 0 (5 passed, 0 failed)')
      expect(await tools['terminal']?.(folder, { command: 'npm test' })).not.toMatch(/^Exit code/)
    },
  )

  test('asked again, it finds nothing to repair and changes nothing', async () => {
    await turn('fix the failing test')
    const { steps, last } = await turn('fix the failing test')
    expect(steps.flat()).not.toContain('edit_file')
    expect(last).toContain('nothing to repair')
  })

  test('a refused edit is said, with the tests that still fail', async () => {
    const { last } = await turn('fix the failing test', {
      edit_file: () => Promise.resolve('Error (denied): the user said no.'),
    })
    expect(last).toContain('**The tests still fail**')
    expect(last).toContain('Error (denied): the user said no.')
  })

  test('a denied command is not claimed to have run, and not asked for again', async () => {
    const { steps, last } = await turn('fix the failing test', {
      terminal: () => Promise.resolve('Error (denied): the user said no.'),
    })
    expect(steps.flat().filter((name) => name === 'terminal')).toHaveLength(1)
    expect(last).toContain('no test has run since')
    expect(last).not.toContain('tests pass')
  })

  test.each(['ended by signal SIGTERM', 'Cancelled (stop): ', 'It goes on in the background as npm.'])(
    'a run that ended as “%s” is not taken for a success',
    async (result) => {
      const { last } = await turn('fix the failing test', { terminal: () => Promise.resolve(result) })
      expect(last).toContain('no test has run since')
      expect(last).toContain(result.trim())
    },
  )

  test('a fault that it does not know is left, and said', async () => {
    await writeFile(
      join(folder, 'src/price.js'),
      "export const discounted = (cents) => cents\nexport const format = () => '('\n",
    )
    const { last } = await turn('fix the failing test')
    expect(last).toContain('The tests still fail')
  })

  test('what the editor underlines is repaired from the quick fix’s context', async () => {
    const { last } = await turn(
      `Fix this problem.\n\nsrc/opening.js:9:21: Property 'getHour' does not exist on type 'Date'.`,
    )
    expect(last).toContain('**Fixed** in `src/opening.js`')
    expect(await readFile(join(folder, 'src/opening.js'), 'utf8')).toContain('time.getHours()')
    expect((await turn('Fix the problems in the open file')).last).toContain('not in `src/opening.js` any more')
  })

  test('it explains the workspace from what it read', async () => {
    const { steps, last } = await turn('Explain how this workspace is built')
    expect(steps).toEqual([['find_files', 'read_file', 'read_file']])
    for (const fact of ['corner-shop', '`node --test`', '`cart.js`', 'no dependencies', 'the receipt, as text'])
      expect(last).toContain(fact)
  })
})

describe('the demo elsewhere', () => {
  test('in another workspace it says what it is and changes nothing', async () => {
    await rm(join(folder, 'src'), { recursive: true })
    const { steps, last } = await turn('fix the failing test')
    expect(steps).toHaveLength(1)
    expect(last).toContain('a script, not an AI')
  })

  test.each(['Write me a poem', 'Fix this problem.\n\nlib/other.ts:1:1: bad', ''])(
    'on “%s” it says what it can do',
    async (prompt) => {
      const { steps, last } = await turn(prompt)
      expect(steps).toEqual([])
      expect(last).toContain('**a script, not an AI**')
    },
  )

  test('without a tool that it needs it stops, instead of asking for ever', async () => {
    const messages: ModelMessage[] = [{ role: 'user', text: 'fix the failing test' }]
    const types: string[] = []
    for await (const { type } of demoModel(instant).stream({ messages, tools: [] }, neverCancelled)) types.push(type)
    expect(types.at(-1)).toBe('end')
    expect(types).not.toContain('call')
  })

  test('cancelled, it ends at once and leaves no timer', async () => {
    const clock = new ManualClock()
    const source = new CancellationSource()
    const stream = demoModel(clock).stream({ messages: [{ role: 'user', text: 'x' }], tools: [] }, source.token)
    const next = stream[Symbol.asyncIterator]().next()
    source.cancel('stop')
    expect((await next).done).toBe(true)
    expect([clock.pending, source.attached.listeners]).toEqual([0, 0])
  })
})
