import { execFile } from 'node:child_process'
import { stat } from 'node:fs/promises'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { root, temporaryFolder } from '../support/vscode/paths.ts'
import type { Row } from './report.ts'

const run = promisify(execFile)

/** The bundles as they are shipped, and the package. */
export async function sizes(): Promise<Row[]> {
  await run(process.execPath, ['esbuild.mjs', '--production'], { cwd: root })
  const file = join(await temporaryFolder('vsix'), 'stretto.vsix')
  await run(join(root, 'node_modules/.bin/vsce'), ['package', '--no-dependencies', '--out', file], { cwd: root })
  const bundles = await Promise.all(
    ['dist/extension.cjs', 'dist/ui.js', 'dist/ui.css'].map(async (name): Promise<Row> => {
      const { size } = await stat(join(root, name))
      return { name, detail: 'minified', value: size / 1024, unit: 'KiB' }
    }),
  )
  const { size } = await stat(file)
  return [
    ...bundles,
    { name: 'the .vsix', detail: 'all that is installed', value: size / 1024 / 1024, unit: 'MiB', target: 1.5 },
  ]
}
