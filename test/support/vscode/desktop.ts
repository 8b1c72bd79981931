/** A desktop VS Code, where one can be had and there is a display for it. */
import { downloadAndUnzipVSCode, SilentReporter } from '@vscode/test-electron'
import { existsSync } from 'node:fs'
import { chmod, mkdir, rm, stat, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { executable } from '../programs.ts'
import { cache } from './paths.ts'

/** No answer within this time counts as a closed network; the download itself may take longer. */
const ANSWER_MS = 10_000
const REMEMBER_MS = 10 * 60_000
const refusal = join(cache, 'no-desktop')

/**
 * The executable of a desktop VS Code, or undefined where the server must do.
 * STRETTO_VSCODE says it outright: `server`, or the path of an executable.
 */
export async function findDesktop(): Promise<string | undefined> {
  const asked = process.env['STRETTO_VSCODE']
  if (asked === 'server') return undefined
  if (asked) return asked
  if (!hasDisplay() && executable('xvfb-run') === undefined) return undefined
  if (await wasRefused()) return undefined
  const code = await download()
  if (code === undefined) return undefined
  return hasDisplay() ? code : onVirtualDisplay(code)
}

/** Whether a window would be seen by somebody. */
export function hasDisplay(): boolean {
  if (process.platform !== 'linux') return true
  return Boolean(process.env['DISPLAY'] || process.env['WAYLAND_DISPLAY'])
}

async function download(): Promise<string | undefined> {
  try {
    const code = await downloadAndUnzipVSCode({
      cachePath: cache,
      version: 'stable',
      timeout: ANSWER_MS,
      reporter: new SilentReporter(),
    })
    return existsSync(code) ? code : undefined
  } catch (error) {
    console.log(`Desktop VS Code cannot be downloaded (${reason(error)}): using the server from npm.`)
    await mkdir(cache, { recursive: true })
    await writeFile(refusal, '')
    return undefined
  }
}

function reason(error: unknown): string {
  const text = error instanceof Error ? error.message : String(error)
  return text.split('\n')[0] ?? text
}

async function wasRefused(): Promise<boolean> {
  const last = await stat(refusal).catch(() => undefined)
  if (last === undefined) return false
  if (Date.now() - last.mtimeMs < REMEMBER_MS) return true
  await rm(refusal, { force: true })
  return false
}

async function onVirtualDisplay(code: string): Promise<string> {
  const script = join(cache, 'code-on-virtual-display')
  await writeFile(script, `#!/bin/sh\nexec xvfb-run -a "${code}" "$@"\n`)
  await chmod(script, 0o755)
  return script
}
