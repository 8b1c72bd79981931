import { execFile } from 'node:child_process'
import { readFile } from 'node:fs/promises'
import { Session } from 'node:inspector/promises'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'

const POLICY = fileURLToPath(new URL('../../../../src/core/approvals/policy.ts', import.meta.url))

/** The pieces of the policy's source that no cell of the table reaches, in a process of their own. */
export async function uncoveredBranches(): Promise<unknown> {
  const { stdout } = await promisify(execFile)(process.execPath, [fileURLToPath(import.meta.url)])
  return JSON.parse(stdout)
}

async function measure(): Promise<string[]> {
  const session = new Session()
  session.connect()
  await session.post('Profiler.enable')
  await session.post('Profiler.startPreciseCoverage', { callCount: true, detailed: true })
  const { everyDecision } = await import('./tableRows.ts')
  everyDecision()
  const { result } = await session.post('Profiler.takePreciseCoverage')
  const found = result.find(({ url }) => url.endsWith('/core/approvals/policy.ts'))
  if (found === undefined) return ['the policy was not loaded']
  const source = await readFile(POLICY, 'utf8')
  const ranges = found.functions.flatMap(({ ranges: all }) => all).filter(({ count }) => count === 0)
  return ranges.map(({ startOffset, endOffset }) => source.slice(startOffset, endOffset).trim())
}

if (process.argv[1] === fileURLToPath(import.meta.url)) console.log(JSON.stringify(await measure()))
