import { execFileSync } from 'node:child_process'
import { readFile, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { decide } from '../../../../../src/core/approvals/policy.ts'
import { shellAnalysis } from '../../../../../src/core/approvals/shell/analysis.ts'
import type { ShellVerdict } from '../../../../../src/core/approvals/shell.ts'
import { fileListing } from '../../../../../src/core/tools/fileListing.ts'
import { everydayCommands } from '../../../../fixtures/everydayCommands.ts'
import { root } from '../../../../support/vscode/paths.ts'
import { Workbench } from '../../tools/workbench.ts'
import { openAnalysis } from './analyse.ts'

let bench: Workbench
const verdicts = new Map<string, ShellVerdict>()
const all = everydayCommands.flatMap(({ commands, beyond }) => commands.map((command) => ({ command, beyond })))

beforeAll(async () => {
  bench = await Workbench.open({ 'package.json': '{}\n', 'src/app.ts': 'foo\n', 'packages/core/index.ts': 'foo\n' })
  execFileSync('git', ['init'], { cwd: bench.folder, stdio: 'ignore' })
  const { workspace } = bench.ports
  const shell = shellAnalysis({ workspace, listing: fileListing(bench.ports), load: openAnalysis })
  for (const { command } of all) verdicts.set(command, await shell.judge(command, bench.folder))
}, 60_000)
afterAll(async () => {
  await bench[Symbol.asyncDispose]()
  await rm(bench.folder, { recursive: true, force: true })
})

/** Those that come to a question; what the sandbox does not let do its work is called again, to run outside of it. */
function asking(mode: 'ask' | 'edits'): string[] {
  return all
    .filter(({ command, beyond }) => {
      const shell = verdicts.get(command)
      const action = {
        kind: 'command',
        command,
        cwd: bench.folder,
        outside: beyond === true,
        ...(shell && { shell }),
      } as const
      return decide(action, { mode, trusted: true, sandbox: true }).kind !== 'allow'
    })
    .map(({ command }) => command)
}

test('there are at least 300 of them, no two alike, each with its source', () => {
  expect(new Set(all.map(({ command }) => command)).size).toBe(all.length)
  expect(all.length).toBeGreaterThanOrEqual(300)
  for (const { source } of everydayCommands) expect(source).not.toBe('')
})

test('nine in ten run without a question behind the walls of the sandbox', () => {
  expect(asking('edits').length / all.length).toBeLessThanOrEqual(0.1)
})

test('seven in ten are known to be harmless, and so run without a question when all else asks', () => {
  expect(asking('ask').length / all.length).toBeLessThanOrEqual(0.3)
})

test('those that ask are listed in the docs', async () => {
  const docs = await readFile(join(root, 'ARCHITECTURE.md'), 'utf8')
  const listed = (name: string): string | undefined =>
    new RegExp(`<!-- ${name} -->\\n\\n([^]*?)\\n\\n<!-- end -->`).exec(docs)?.[1]
  const beyond = asking('edits')
  expect(listed('asks in edits')).toBe(list(beyond))
  expect(listed('asks in ask')).toBe(list(asking('ask').filter((command) => !beyond.includes(command))))
})

function list(commands: readonly string[]): string {
  return ['```sh', ...commands, '```'].join('\n')
}
