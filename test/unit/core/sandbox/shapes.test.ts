import { mkdtemp, readFile, readlink, realpath, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { Processes } from '../../../../src/core/processes/processes.ts'
import { processTable } from '../../../../src/core/processes/processTable.ts'
import { findSandbox } from '../../../../src/core/sandbox/sandbox.ts'
import { CancellationSource } from '../../../../src/core/scheduling/cancellation.ts'
import { shapes } from '../processes/shapes.ts'

const write = (name: string): string => `echo $$ > ${name}.tmp; mv ${name}.tmp ${name}.pid`

/** Those of `shapes`, and one that nobody can find where there are no walls. */
const inside: typeof shapes = {
  ...shapes,
  'one without mark, session and parent': {
    script: `(env -i setsid bash -c '${write('a')}; exec sleep 300' &) ; ${write('b')}; exec sleep 300`,
    names: ['a', 'b'],
  },
}

test.skipIf(process.platform !== 'linux').each(Object.entries(inside))(
  'stop leaves nothing in the sandbox of %s',
  { timeout: 90_000 },
  async (_, shape) => {
    const folder = await realpath(await mkdtemp(join(tmpdir(), 'inside-')))
    const sandbox = await findSandbox()
    if ('kind' in sandbox) throw new Error(sandbox.message)
    const processes = new Processes()
    const command = { file: 'bash', args: ['-c', shape.script], cwd: folder }
    const enclosed = await sandbox.enclose(command, { writable: [folder], network: false })
    const source = new CancellationSource()
    const ignore = (): void => undefined
    const { file, args, environment } = enclosed
    const options = { file, args: [...args], environment, cwd: folder, onOutput: ignore, onError: ignore }
    let isOver = false
    const running = processes.run(options, source.token, 'turn').finally(() => (isOver = true))
    for (const name of shape.names) {
      const text = (): Promise<string> => readFile(join(folder, `${name}.pid`), 'utf8').catch(() => '')
      // Its children end with a command that has ended by itself, whatever they had come to.
      await expect
        .poll(async () => isOver || (await text()).endsWith('\n'), { timeout: 30_000, interval: 5 })
        .toBe(true)
    }
    // Gone already where the command has ended by itself.
    const space = await namespaceBelow(process.pid)
    if (space === undefined) await running
    else expect((await processesIn(space)).length).toBeGreaterThan(0)
    source.cancel('stop')
    await running
    await processes.endOwned('turn')
    await expect.poll(() => (space === undefined ? [] : processesIn(space)), { timeout: 15_000 }).toEqual([])
    await enclosed[Symbol.asyncDispose]()
    await sandbox[Symbol.asyncDispose]()
    await processes.dispose()
    await rm(folder, { recursive: true, force: true })
  },
)

/** The namespace that the children of this process's children are in, where it is one of their own. */
async function namespaceBelow(pid: number): Promise<string | undefined> {
  const own = await namespaceOf(pid)
  const table = await processTable()
  const children = new Set(table.filter(({ parent }) => parent === pid).map((row) => row.pid))
  const below = table.filter(({ parent }) => children.has(parent))
  const spaces = await Promise.all(below.map((row) => namespaceOf(row.pid)))
  return spaces.find((space) => space !== undefined && space !== own)
}

async function processesIn(space: string): Promise<number[]> {
  const table = await processTable()
  const spaces = await Promise.all(table.map(({ pid }) => namespaceOf(pid)))
  return table.filter((_row, at) => spaces[at] === space).map(({ pid }) => pid)
}

function namespaceOf(pid: number): Promise<string | undefined> {
  return readlink(`/proc/${pid}/ns/pid`).catch(() => undefined)
}
