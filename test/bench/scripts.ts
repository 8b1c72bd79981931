import { execFile } from 'node:child_process'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { Kernels } from '../../src/core/code/kernels.ts'
import type { ScriptLanguage } from '../../src/core/code/scripts.ts'
import { Processes } from '../../src/core/processes/processes.ts'
import { neverCancelled } from '../../src/core/scheduling/cancellation.ts'
import { systemClock } from '../../src/host/clock.ts'
import { builtKernels } from '../support/builtKernels.ts'
import { silentLog } from '../support/openGate.ts'
import type { Held } from '../support/scriptLoad.ts'
import { root } from '../support/vscode/paths.ts'
import { median, type Row, timed } from './report.ts'
import { noWalls } from '../support/noWalls.ts'

const ROUNDS = 40
const FROM = 1_000
const TO = 10_000

const run = promisify(execFile)
const fresh: Record<ScriptLanguage, { name: string; file: string; args: string[] }> = {
  javascript: { name: 'node -e', file: process.execPath, args: ['-e', 'console.log(1)'] },
  python: { name: 'python3 -c', file: 'python3', args: ['-c', 'print(1)'] },
}
const texts: Record<ScriptLanguage, string> = { javascript: 'console.log(1)', python: 'print(1)' }
const languages = ['javascript', 'python'] as const

/** A script on a kernel against a new process, and what ten thousand of them leave behind. */
export async function scripts(): Promise<Row[]> {
  const speed = await warm()
  const rows = await Promise.all(languages.map(flat))
  return [...speed, ...rows.flat()]
}

async function warm(): Promise<Row[]> {
  const folder = await mkdtemp(join(tmpdir(), 'stretto-bench-'))
  const processes = new Processes()
  const kernels = new Kernels({
    processes,
    confinement: noWalls,
    clock: systemClock,
    log: silentLog,
    files: await builtKernels(folder),
  })
  const script = async (language: ScriptLanguage): Promise<void> => {
    let output = ''
    const owner = { sessionId: 's', turnId: 't', callId: 'c' }
    const onOutput = (text: string): void => void (output += text)
    const onCall = async () => ({ kind: 'text' as const, text: '' })
    const options = { language, code: texts[language], cwd: folder, owner, reach: 'user' as const, onOutput, onCall }
    await kernels.run(options, neverCancelled)
    if (output !== '1\n') throw new Error(`a script printed ${output}`)
  }
  const rows: Row[] = []
  for (const language of languages) rows.push(await ratio(language, () => script(language)))
  await kernels[Symbol.asyncDispose]()
  await processes.dispose()
  await rm(folder, { recursive: true })
  return rows
}

async function ratio(language: ScriptLanguage, script: () => Promise<void>): Promise<Row> {
  const { name, args } = fresh[language]
  // The program itself: what stands under its name may be a shim that takes longer than it.
  const file = language === 'python' ? await interpreter() : fresh[language].file
  const times: { kernel: number[]; fresh: number[] } = { kernel: [], fresh: [] }
  await script()
  for (let round = 0; round < ROUNDS; round++) {
    times.fresh.push(await timed(() => run(file, args)))
    times.kernel.push(await timed(script))
  }
  const [kernel, process] = [median(times.kernel), median(times.fresh)]
  const detail = `${kernel.toFixed(1)} ms on a warm kernel, ${process.toFixed(1)} ms as \`${name}\`; medians of ${ROUNDS}, in turn`
  return { name: `a script / a fresh ${name}`, detail, value: kernel / process, unit: '×', target: 0.2 }
}

async function interpreter(): Promise<string> {
  const { stdout } = await run('python3', ['-c', 'import sys; print(sys.executable)'])
  return stdout.trim()
}

/** Each of the scripts prints, and makes a call. */
async function flat(language: ScriptLanguage): Promise<Row[]> {
  const load = ['--expose-gc', join(root, 'test/support/scriptLoad.ts'), language, String(FROM), String(TO)]
  const { stdout } = await run(process.execPath, load)
  const [before, after] = JSON.parse(stdout) as [Held, Held]
  const row = (what: string, key: Exclude<keyof Held, 'scripts'>, target: number): Row => ({
    name: `${language}: ${what} after ${TO} scripts / after ${FROM}`,
    detail: `${before[key].toFixed(1)}, then ${after[key].toFixed(1)}`,
    value: after[key] / before[key],
    unit: '×',
    target,
  })
  return [
    row('descriptors of the host', 'descriptors', 1),
    row('descriptors of a kernel', 'kernelDescriptors', 1),
    row('heap of the host', 'heap', 1.05),
    row('memory of a kernel', 'kernelMemory', 1.2),
  ]
}
