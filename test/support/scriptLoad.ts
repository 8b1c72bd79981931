/**
 * Runs in a process of its own with `--expose-gc`: many scripts of one language, one after the other, and what this process
 * and its kernels hold at milestones.
 *
 *     node --expose-gc scriptLoad.ts LANGUAGE COUNT …
 */
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Kernels } from '../../src/core/code/kernels.ts'
import type { ScriptOptions } from '../../src/core/code/scripts.ts'
import { Processes } from '../../src/core/processes/processes.ts'
import { processTable } from '../../src/core/processes/processTable.ts'
import { neverCancelled } from '../../src/core/scheduling/cancellation.ts'
import { systemClock } from '../../src/host/clock.ts'
import { builtKernels } from './builtKernels.ts'
import { silentLog } from './openGate.ts'
import { noWalls } from './noWalls.ts'

export interface Held {
  scripts: number
  /** Open descriptors: of the host, and the most of a kernel. */
  descriptors: number
  kernelDescriptors: number
  /** MiB after a collection; and the most that a kernel has resident. */
  heap: number
  kernelMemory: number
}

const [language = '', ...milestones] = process.argv.slice(2)
if (language !== 'python' && language !== 'javascript') throw new Error(`no language: ${language}`)

const texts = {
  python: 'import json\nfrom stretto import tools\nprint(json.dumps(tools.echo(n=1)))',
  javascript: 'console.log(JSON.stringify(await tools.echo({ n: 1 })))',
}
const folder = await mkdtemp(join(tmpdir(), 'scripts-'))
const processes = new Processes()
const kernels = new Kernels({
  processes,
  confinement: noWalls,
  clock: systemClock,
  log: silentLog,
  files: await builtKernels(folder),
})
const owner = { sessionId: 's', turnId: 't', callId: 'c' }
const held: Held[] = []
for (let scripts = 1; held.length < milestones.length; scripts++) {
  let output = ''
  const onOutput = (text: string): void => void (output += text)
  const onCall = async () => ({ kind: 'text' as const, text: 'answer' })
  const options: ScriptOptions = {
    language,
    code: texts[language],
    cwd: folder,
    owner,
    reach: 'user',
    onOutput,
    onCall,
  }
  const end = await kernels.run(options, neverCancelled)
  if (end.kind !== 'ended' || output !== '"answer"\n') throw new Error(`${JSON.stringify(end)} ${output}`)
  if (scripts === Number(milestones[held.length])) held.push(await look(scripts))
}
await kernels[Symbol.asyncDispose]()
await processes.dispose()
await rm(folder, { recursive: true, force: true })
console.log(JSON.stringify(held))

async function look(scripts: number): Promise<Held> {
  // What is looked at after a script comes to rest.
  await new Promise((resolve) => setTimeout(resolve, 300))
  for (let i = 0; i < 4; i++) globalThis.gc?.()
  const own = (await processTable()).filter(({ pid, parent }) => parent === process.pid && pid !== process.pid)
  const pids = own.filter(({ environment }) => environment.includes('STRETTO_CALL')).map(({ pid }) => pid)
  const count = async (pid: number | 'self'): Promise<number> => (await readdir(`/proc/${pid}/fd`)).length
  const resident = async (pid: number): Promise<number> => {
    const [, kib] = /^VmRSS:\s+(\d+)/m.exec(await readFile(`/proc/${pid}/status`, 'utf8')) ?? []
    return Number(kib) / 1024
  }
  return {
    scripts,
    descriptors: await count('self'),
    kernelDescriptors: Math.max(...(await Promise.all(pids.map(count)))),
    heap: process.memoryUsage().heapUsed / 1024 / 1024,
    kernelMemory: Math.max(...(await Promise.all(pids.map(resident)))),
  }
}
