/** The supervisor's program: ends what its dead host has left. Arguments: the mark's id, a folder to remove, pids. */
import { rm } from 'node:fs/promises'
import { markOf } from './environment.ts'
import { killTree } from './killTree.ts'

async function endAll(id: string, folder: string, pids: readonly number[]): Promise<void> {
  const mark = markOf(id)
  // Twice: what a dying process was just starting is seen by then.
  for (let round = 0; round < 2; round++) {
    await Promise.all([undefined, ...pids].map((pid) => killTree({ pid, mark })))
  }
  await rm(folder, { recursive: true, force: true })
}

const [id = '', folder = '', ...pids] = process.argv.slice(2)
if (id !== '' && folder !== '') void endAll(id, folder, pids.map(Number))
