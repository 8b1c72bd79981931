import { runTests, TestRunFailedError } from '@vscode/test-electron'
import { rm } from 'node:fs/promises'
import { PassThrough } from 'node:stream'
import { findDesktop } from './desktop.ts'
import { writeLauncher } from './launcherScript.ts'
import { root, temporaryFolder } from './paths.ts'

export interface RunInVsCode {
  /** A CommonJS module whose `run()` is the whole run. */
  module: string
  workspace: string
  /** The extension in development: Stretto unless said otherwise. */
  extension?: string
  /** Other extensions that are there too. */
  others?: readonly string[]
  env?: NodeJS.ProcessEnv
  /** Uses no desktop VS Code even where there is one. */
  windowless?: boolean
  /** Shows what VS Code itself says. */
  verbose?: boolean
}

/** Runs a module in the extension host of a real VS Code. The number is its exit code. */
export async function runInVsCode({
  module,
  workspace,
  extension,
  others = [],
  env,
  windowless,
  verbose,
}: RunInVsCode): Promise<number> {
  const profile = await temporaryFolder('profile')
  const quiet = new PassThrough().resume()
  const output = verbose ? {} : { stdout: quiet, stderr: quiet }
  try {
    return await runTests({
      ...output,
      vscodeExecutablePath: (windowless ? undefined : await findDesktop()) ?? (await writeLauncher()),
      extensionDevelopmentPath: [extension ?? root, ...others],
      extensionTestsPath: module,
      extensionTestsEnv: { ...env },
      launchArgs: [
        workspace,
        `--user-data-dir=${profile}`,
        `--extensions-dir=${profile}/extensions`,
        ...(verbose ? ['--verbose'] : []),
      ],
    })
  } catch (error) {
    if (error instanceof TestRunFailedError) return error.code ?? 1
    throw error
  } finally {
    await rm(profile, { recursive: true, force: true, maxRetries: 5 })
  }
}
