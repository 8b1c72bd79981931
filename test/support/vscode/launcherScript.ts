import { chmod, mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { cache, root } from './paths.ts'

/** An executable that @vscode/test-electron can start in place of VS Code's. */
export async function writeLauncher(): Promise<string> {
  const launcher = join(root, 'test/support/vscode/launcher.ts')
  await mkdir(cache, { recursive: true })
  if (process.platform === 'win32') {
    const script = join(cache, 'launch.cmd')
    await writeFile(script, `@"${process.execPath}" "${launcher}" %*\r\n`)
    return script
  }
  const script = join(cache, 'launch')
  await writeFile(script, `#!/bin/sh\nexec "${process.execPath}" "${launcher}" "$@"\n`)
  await chmod(script, 0o755)
  return script
}
