/** `npm start`: builds Stretto and opens VS Code on a sample workspace; `--headless` runs one turn without a window. */
import { spawnSync } from 'node:child_process'
import { parseArgs } from 'node:util'
import { root } from './vscode/paths.ts'
import { runHeadless } from './vscode/headless.ts'
import { openInteractive } from './vscode/interactive.ts'

const USAGE = `npm start
  Builds Stretto and opens VS Code on a copy of the sample workspace, which later starts go on with.
  --reset               begin with a fresh copy

npm start -- --headless --prompt "fix the failing test"
  Runs one turn without a window on a fresh copy of the sample workspace. Prints the transcript and the diff.
  --prompt TEXT         what to do
  --approvals MODE      ask (default): every question is answered no; edits; all

Without OPENAI_BASE_URL, OPENAI_API_KEY or STRETTO_PROVIDER the demo model is used: a script, not an AI.`

const MODES = ['ask', 'edits', 'all']

process.exitCode = await main()

async function main(): Promise<number> {
  const asked = readArguments()
  if ('problem' in asked) {
    console.error(`${asked.problem}\n\n${USAGE}`)
    return 2
  }
  if (asked.help) {
    console.log(USAGE)
    return 0
  }
  const { status } = spawnSync(process.execPath, ['esbuild.mjs'], { cwd: root, stdio: 'inherit' })
  if (status !== 0) return 1
  const env = provider()
  if (asked.prompt === undefined) return openInteractive({ env, reset: asked.reset })
  return runHeadless({ prompt: asked.prompt, approvals: asked.approvals, env })
}

type Arguments = { help: boolean; reset: boolean; prompt: string | undefined; approvals: string } | { problem: string }

function readArguments(): Arguments {
  try {
    const { values } = parseArgs({
      options: {
        headless: { type: 'boolean', default: false },
        prompt: { type: 'string' },
        approvals: { type: 'string' },
        reset: { type: 'boolean', default: false },
        help: { type: 'boolean', default: false },
      },
    })
    const { headless, prompt, approvals = 'ask', reset, help } = values
    if (help) return { help, reset, prompt, approvals }
    if (headless && !prompt?.trim()) return { problem: '--headless needs --prompt "what to do".' }
    if (!headless && prompt !== undefined) return { problem: '--prompt needs --headless.' }
    if (!headless && values.approvals !== undefined) return { problem: '--approvals needs --headless.' }
    if (headless && reset) return { problem: '--headless always begins with a fresh copy: leave --reset out.' }
    if (!MODES.includes(approvals)) return { problem: `--approvals takes one of ${MODES.join(', ')}.` }
    return { help, reset, prompt, approvals }
  } catch (error) {
    return { problem: error instanceof Error ? error.message : String(error) }
  }
}

/** The demo model where nothing else is configured in the environment. */
function provider(): NodeJS.ProcessEnv {
  const { OPENAI_BASE_URL: url, OPENAI_API_KEY: key, STRETTO_PROVIDER: named } = process.env
  return url || key || named ? {} : { STRETTO_PROVIDER: 'demo' }
}
