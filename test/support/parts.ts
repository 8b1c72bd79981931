/** The parts of `npm test` and `npm run check`: each a child process, all of them run, each one counted. */
import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { delimiter, join } from 'node:path'
import { root } from './vscode/paths.ts'
import { startOwned } from './vscode/processTree.ts'

const DEADLINE_MS = 20 * 60_000

export interface Part {
  name: string
  command: string[]
  env?: NodeJS.ProcessEnv
  /** Where its counts come from; none: the part counts as one. */
  counts?: 'vitest' | 'host'
}

interface Counts {
  passed: number
  failed: number
}

const format: Part = { name: 'format', command: ['oxfmt', '--check'] }
const lint: Part = { name: 'lint', command: ['oxlint', '--type-aware', '--deny-warnings'] }
const types: Part = { name: 'types', command: ['tsc', '-p', '.'] }
const panelTypes: Part = { name: 'types of the panel', command: ['tsc', '-p', 'src/ui'] }
const size: Part = { name: 'build and size', command: ['node', 'esbuild.mjs', '--budget'] }
const unit: Part = { name: 'unit and contract tests', command: ['vitest', 'run'], counts: 'vitest' }
const host: Part = {
  name: 'tests inside VS Code',
  command: ['node', 'test/support/vscode/runHostTests.ts'],
  counts: 'host',
}
const browser: Part = {
  name: 'browser tests',
  command: ['vitest', 'run', '--config', 'vitest.e2e.config.ts'],
  counts: 'vitest',
}

export const quickParts: Part[] = [format, lint, types, panelTypes, size, unit]

export function allParts(long: boolean): Part[] {
  const thorough = long ? { ...unit, env: { STRETTO_LONG: '1' } } : unit
  return [format, lint, types, panelTypes, size, thorough, host, browser]
}

/** Runs every part, whatever becomes of the others. Its last line is `N passed, N failed`; the exit code says the same. */
export async function runParts(parts: Part[]): Promise<void> {
  const results: [string, Counts][] = []
  for (const part of parts) {
    console.log(`\n=== ${part.name} ===`)
    const start = performance.now()
    const counts = await runPart(part)
    results.push([part.name, counts])
    const seconds = ((performance.now() - start) / 1000).toFixed(1)
    console.log(`=== ${part.name}: ${words(counts)} (${seconds} s)`)
  }
  console.log('\n=== all parts ===')
  for (const [name, counts] of results)
    console.log(`${counts.failed > 0 ? 'FAILED' : 'ok    '} ${name}: ${words(counts)}`)
  const sum = (count: keyof Counts) => results.reduce((total, [, counts]) => total + counts[count], 0)
  process.exitCode = sum('failed') > 0 ? 1 : 0
  console.log(words({ passed: sum('passed'), failed: sum('failed') }))
}

async function runPart({ command, env, counts }: Part): Promise<Counts> {
  const folder = await mkdtemp(join(tmpdir(), 'stretto-part-'))
  try {
    const summary = join(folder, 'summary.json')
    const report = counts === 'vitest' ? ['--reporter=default', '--reporter=json', `--outputFile.json=${summary}`] : []
    const ok = await succeeds([...command, ...report], { ...env, STRETTO_TEST_SUMMARY: summary })
    const counted = counts === undefined ? undefined : await readCounts(summary)
    if (counted === undefined) return { passed: ok ? 1 : 0, failed: ok ? 0 : 1 }
    return { passed: counted.passed, failed: ok ? counted.failed : Math.max(1, counted.failed) }
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
}

async function succeeds([name = '', ...args]: string[], env: NodeJS.ProcessEnv): Promise<boolean> {
  const bin = join(root, 'node_modules/.bin')
  const path = `${bin}${delimiter}${process.env['PATH'] ?? ''}`
  const command = name === 'node' ? process.execPath : join(bin, process.platform === 'win32' ? `${name}.cmd` : name)
  const owned = startOwned(command, args, { cwd: root, env: { ...process.env, ...env, PATH: path }, stdio: 'inherit' })
  const deadline = setTimeout(() => {
    console.error(`${name} was ended after ${DEADLINE_MS / 60_000} minutes.`)
    void owned.end()
  }, DEADLINE_MS)
  const stop = () => void owned.end()
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, stop)
  const code = await owned.ended
  clearTimeout(deadline)
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.removeListener(signal, stop)
  await owned.end()
  return code === 0
}

async function readCounts(file: string): Promise<Counts | undefined> {
  const text = await readFile(file, 'utf8').catch(() => undefined)
  if (text === undefined) return undefined
  const report = JSON.parse(text) as Record<string, number>
  const passed = report['passed'] ?? report['numPassedTests'] ?? 0
  const failed = report['failed'] ?? Math.max(report['numFailedTests'] ?? 0, report['numFailedTestSuites'] ?? 0)
  return { passed, failed }
}

function words({ passed, failed }: Counts): string {
  return `${passed} passed, ${failed} failed`
}
