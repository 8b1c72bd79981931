import { spawnSync } from 'node:child_process'
import { cp } from 'node:fs/promises'
import { basename, dirname, join } from 'node:path'
import { bundleForHost } from './bundle.ts'
import { CHANNEL_VARIABLE, listen } from './channel.ts'
import { runInVsCode } from './runInVsCode.ts'
import { copyWorkspace } from './workspace.ts'

export interface Headless {
  prompt: string
  /** A value of the setting stretto.approvals.mode. */
  approvals: string
  env: NodeJS.ProcessEnv
}

/** What headlessTurn.ts tells: a piece of the transcript. */
export interface TranscriptPiece {
  transcript: string
}

/** One turn on a fresh copy of the sample workspace. The number is an exit code: 0 when the turn was completed. */
export async function runHeadless({ prompt, approvals, env }: Headless): Promise<number> {
  await using workspace = await copyWorkspace()
  const before = join(dirname(workspace.path), 'before')
  await cp(workspace.path, before, { recursive: true })
  await using channel = await listen((piece) => process.stdout.write((piece as TranscriptPiece).transcript))
  const code = await runInVsCode({
    module: await bundleForHost('test/support/vscode/headlessTurn.ts', 'headlessTurn'),
    workspace: workspace.path,
    windowless: true,
    env: {
      ...env,
      [CHANNEL_VARIABLE]: String(channel.port),
      STRETTO_HEADLESS: '1',
      STRETTO_TEST_PROMPT: prompt,
      STRETTO_TEST_APPROVALS: approvals,
    },
  })
  showDiff(dirname(workspace.path), basename(before), basename(workspace.path))
  return code === 0 ? 0 : 1
}

function showDiff(folder: string, before: string, after: string): void {
  const args = ['diff', '--no-index', '--src-prefix=', '--dst-prefix=', '--', before, after]
  const { stdout, error } = spawnSync('git', args, { cwd: folder, encoding: 'utf8', maxBuffer: 64 * 1024 * 1024 })
  if (error) console.log(`\nThe diff cannot be shown (${error.message}): install git.`)
  else console.log(stdout === '' ? '\nNo file was changed.' : `\n${stdout}`)
}
