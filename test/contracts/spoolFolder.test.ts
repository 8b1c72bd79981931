import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, describe } from 'vitest'
import { localFolder } from '../../src/core/rpc/localSpool.ts'
import { shellFolder } from '../../src/core/rpc/shellFolder.ts'
import { runHere } from '../support/rpc/runHere.ts'
import { spoolFolderContract, type SpoolFolderWorld } from './spoolFolder.ts'

const paths: string[] = []
afterEach(async () => {
  for (const path of paths.splice(0)) await rm(path, { recursive: true, force: true })
})

async function newPath(): Promise<string> {
  const path = await mkdtemp(join(tmpdir(), "stretto-it's-"))
  paths.push(path)
  return path
}

async function local(): Promise<SpoolFolderWorld> {
  const path = await newPath()
  return { path, folder: localFolder(path) }
}

/** A place where nothing but commands gets through. */
async function commands(): Promise<SpoolFolderWorld> {
  const path = await newPath()
  return { path, folder: shellFolder(path, runHere) }
}

describe('a folder of this machine', () => spoolFolderContract(local))
describe('a folder that commands alone can reach', () => spoolFolderContract(commands))
