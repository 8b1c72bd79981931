import { mkdtemp, realpath } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

/** The repository, without a slash at its end. */
export const root = fileURLToPath(new URL('../../..', import.meta.url)).replace(/[/\\]$/, '')

/** Downloads and what they leave; safe to delete. */
export const cache = join(root, '.vscode-test')

/** An extension that lets a test reach into the extension host. */
export const driverExtension = join(root, 'test/support/vscode/driver')

export const sampleFixture = join(root, 'test/fixtures/sample')

/** A new folder whose name is its physical path. */
export async function temporaryFolder(name: string): Promise<string> {
  return mkdtemp(join(await realpath(tmpdir()), `stretto-${name}-`))
}
