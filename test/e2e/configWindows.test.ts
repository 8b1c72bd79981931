import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, it } from 'vitest'
import { FileLocks } from '../../src/core/config/fileLocks.ts'
import { parseText } from '../../src/core/config/jsoncText.ts'
import { neverCancelled } from '../../src/core/scheduling/cancellation.ts'
import { systemClock } from '../../src/host/clock.ts'
import { JOB_VARIABLE, type UpdateJob, type UpdateReport } from '../support/config/manyUpdates.ts'
import { bundleForHost } from '../support/vscode/bundle.ts'
import { CHANNEL_VARIABLE, listen } from '../support/vscode/channel.ts'
import { root } from '../support/vscode/paths.ts'
import { runInVsCode } from '../support/vscode/runInVsCode.ts'
import { copyWorkspace } from '../support/vscode/workspace.ts'

/** Of each of the five lanes of each window; with the first one of each window it is 1,000 together. */
const EACH = 100

it('two windows that change one configuration file a thousand times lose nothing and break nothing', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'stretto-windows-'))
  await using stack = new AsyncDisposableStack()
  stack.defer(() => rm(folder, { recursive: true }))
  const file = join(folder, 'models.jsonc')
  await writeFile(file, '// mine\n{\n  // counts all\n  "all": { "contextTokens": 1 } // not lost\n}\n')
  const program = join(root, 'dist/locker.cjs')
  const locks = stack.use(new FileLocks({ program, clock: systemClock }))
  const gate = await locks.hold(`${file}.lock`, neverCancelled)
  if ('kind' in gate) throw new Error(gate.message)
  stack.use(gate)
  const reports: Extract<UpdateReport, { kind: 'done' }>[] = []
  let ready = 0
  const channel = stack.use(
    await listen((message) => {
      const report = message as UpdateReport
      if (report.kind === 'done') reports.push(report)
      else if (++ready === 2) gate[Symbol.dispose]()
    }),
  )
  const module = await bundleForHost('test/support/config/manyUpdates.ts', 'manyUpdates')
  const window = async (name: string): Promise<number> => {
    await using workspace = await copyWorkspace()
    const job: UpdateJob = { folder, program, name, each: EACH }
    const env = { [CHANNEL_VARIABLE]: String(channel.port), [JOB_VARIABLE]: JSON.stringify(job) }
    return await runInVsCode({ module, workspace: workspace.path, env, windowless: true })
  }
  expect(await Promise.all([window('one'), window('other')])).toEqual([0, 0])
  expect(reports.flatMap(({ failures, warnings }) => [...failures, ...warnings])).toEqual([])
  const text = await readFile(file, 'utf8')
  const { value } = parseText(text) as { value: Record<string, { contextTokens: number }> }
  const counts = Object.fromEntries(Object.entries(value).map(([id, { contextTokens }]) => [id, contextTokens]))
  const lanes = ['one', 'other'].flatMap((name) =>
    [0, 1, 2, 3, 4].map((lane) => [`${name}-${lane}`, lane === 0 ? EACH + 1 : EACH]),
  )
  expect(counts).toEqual({ all: 1 + 2 + 10 * EACH, ...Object.fromEntries(lanes) })
  for (const comment of ['// mine', '// counts all', '// not lost']) expect(text).toContain(comment)
  expect((await readdir(folder)).toSorted()).toEqual(['models.jsonc', 'models.jsonc.lock'])
  for (const { heard } of reports) expect(heard).toBeGreaterThan(0)
}, 300_000)
