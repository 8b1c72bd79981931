import { cp, mkdir, rm } from 'node:fs/promises'
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { sampleFixture, temporaryFolder } from './paths.ts'

export interface TemporaryWorkspace extends AsyncDisposable {
  /** Absolute and physical. */
  path: string
}

/** A fresh copy of the sample workspace, or of another folder; removed in the end. */
export async function copyWorkspace(from: string = sampleFixture): Promise<TemporaryWorkspace> {
  const folder = await temporaryFolder('workspace')
  const path = join(folder, 'sample')
  await mkdir(path)
  if (existsSync(from)) await cp(from, path, { recursive: true })
  const dispose = () => rm(folder, { recursive: true, force: true, maxRetries: 5 })
  return { path, [Symbol.asyncDispose]: dispose }
}
