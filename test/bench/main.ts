/** `npm run bench [PART …]`: what Stretto costs, as ratios against a floor or a rival approach in the same run. */
import { availableParallelism, cpus, loadavg } from 'node:os'
import { firstRequest } from './firstRequest.ts'
import { heap } from './heap.ts'
import { locks } from './locks.ts'
import { makespan } from './makespan.ts'
import { overhead } from './overhead.ts'
import { patch } from './patch.ts'
import { policy } from './policy.ts'
import { print, type Row } from './report.ts'
import { rpc } from './rpc.ts'
import { scripts } from './scripts.ts'
import { screen } from './screen.ts'
import { siblings } from './siblings.ts'
import { sizes } from './sizes.ts'
import { stop } from './stop.ts'
import { stream } from './stream.ts'
import { insideVsCode } from './vscode.ts'

const parts: Record<string, () => Promise<Row[]>> = {
  makespan,
  overhead,
  siblings,
  locks,
  patch,
  policy,
  stop,
  stream,
  screen,
  firstRequest,
  rpc,
  scripts,
  heap,
  sizes,
  vscode: insideVsCode,
}
const chosen = process.argv.slice(2)

const load = loadavg()[0]?.toFixed(1)
console.log(`${availableParallelism()} × ${cpus()[0]?.model}, Node ${process.version}, load ${load} before the start`)

for (const [name, measure] of Object.entries(parts)) {
  if (chosen.length > 0 && !chosen.includes(name)) continue
  console.log(`\n# ${name}`)
  print(await measure())
}
