/**
 * `npm run test:host [-- --grep TEXT] [--file PART] [--verbose]`: the tests of test/host, inside a real VS Code.
 * STRETTO_TEST_SUMMARY names a file that gets `{ passed, failed, skipped }`.
 */
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { ownSandbox } from '../programs.ts'
import { bundleForHost } from './bundle.ts'
import { CHANNEL_VARIABLE, listen } from './channel.ts'
import type { HostReport } from './hostReport.ts'
import { root } from './paths.ts'
import { runInVsCode } from './runInVsCode.ts'
import { copyWorkspace } from './workspace.ts'

const { values } = parseArgs({
  options: {
    grep: { type: 'string' },
    file: { type: 'string' },
    verbose: { type: 'boolean', default: false },
    /** Another extension than Stretto, to try the runner itself. */
    extension: { type: 'string' },
  },
})

const summary = { passed: 0, failed: 0, skipped: 0 }
let ended = false

const module = await bundleForHost('test/host/index.ts', 'host')
await using workspace = await copyWorkspace()
await using channel = await listen((message) => show(message as HostReport))
const code = await runInVsCode({
  module,
  workspace: workspace.path,
  extension: values.extension,
  others: [join(root, 'test/fixtures/modelProvider')],
  env: {
    [CHANNEL_VARIABLE]: String(channel.port),
    STRETTO_TEST_GREP: values.grep ?? '',
    STRETTO_TEST_FILES: values.file ?? '',
    STRETTO_TEST_SANDBOX: ownSandbox() ?? '',
  },
  verbose: values.verbose,
})
if (!ended) {
  console.error('VS Code ended before the tests did. See more with --verbose.')
  summary.failed += 1
}
console.log(`\n${summary.passed} passed, ${summary.failed} failed, ${summary.skipped} skipped`)
const file = process.env['STRETTO_TEST_SUMMARY']
if (file) await writeFile(file, JSON.stringify(summary))
process.exitCode = code === 0 && summary.failed === 0 ? 0 : 1

function show(report: HostReport): void {
  switch (report.type) {
    case 'suite':
      if (report.title) console.log(`${'  '.repeat(report.depth - 1)}${report.title}`)
      return
    case 'passed':
      summary.passed += 1
      console.log(`${'  '.repeat(report.depth - 1)}ok ${report.title} (${report.ms} ms)`)
      return
    case 'skipped':
      summary.skipped += 1
      console.log(`${'  '.repeat(report.depth - 1)}-- ${report.title}`)
      return
    case 'failed':
      summary.failed += 1
      console.log(`${'  '.repeat(report.depth - 1)}FAILED ${report.title}\n${report.error}`)
      return
    case 'ended':
      ended = true
  }
}
