/**
 * Runs in a process of its own: a command that writes so many bytes, then one that writes without end until it is
 * stopped. Says what memory they took, in MB, and how long the stop took, in ms.
 */
import { tmpdir } from 'node:os'
import { Processes } from '../../src/core/processes/processes.ts'
import { CancellationSource, neverCancelled } from '../../src/core/scheduling/cancellation.ts'
import { terminal } from '../../src/core/tools/terminal.ts'
import { noBackground } from './noBackground.ts'
import { noDocuments } from './noDocuments.ts'
import { noWalls } from './noWalls.ts'
import { noCalls } from './openGate.ts'

const MB = 1024 * 1024
const bytes = Number(process.argv[2])
const processes = new Processes()
const tool = terminal({
  workspace: { folders: () => [{ name: 'w', path: tmpdir() }], trusted: () => true },
  documents: noDocuments,
  processes,
  confinement: noWalls,
  runtime: () => undefined,
  background: noBackground(),
  settings: () => ({ commandSeconds: 3_600, outputBytes: 30_000 }),
})

async function run(command: string, token = neverCancelled): Promise<string> {
  const plan = await tool.plan({ command })
  if ('kind' in plan) throw new Error(plan.message)
  const owner = { sessionId: 's', turnId: 't', callId: 'c' }
  const ask = () => Promise.reject(new Error('nobody answers'))
  const result = await plan.run(
    {
      owner,
      reach: 'user',
      permits: async () => true,
      output() {},
      waiting() {},
      onBackground() {},
      children: () => noCalls,
      ask,
    },
    token,
  )
  return result.kind
}

const line = '0123456789'.repeat(9)
// What Node takes for its own at a first run is not the flood's.
await run(`yes ${line} | head -c ${20 * MB}`)
const before = process.memoryUsage().rss
let most = before
const timer = setInterval(() => (most = Math.max(most, process.memoryUsage().rss)), 10)
const kind = await run(`yes ${line} | head -c ${bytes}`)
const source = new CancellationSource()
const endless = run(`trap '' TERM; yes ${line}`, source.token)
await new Promise((resolve) => setTimeout(resolve, 500))
const start = performance.now()
source.cancel('stop')
const stopped = await endless
const took = performance.now() - start
clearInterval(timer)
await processes.dispose()
console.log(JSON.stringify({ kind, stopped, grownMb: (most - before) / MB, stopMs: took }))
