import { fork } from 'node:child_process'
import { once } from 'node:events'
import { readdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { expect, it } from 'vitest'
import { FileLocks } from '../../../../src/core/config/fileLocks.ts'
import { neverCancelled } from '../../../../src/core/scheduling/cancellation.ts'
import { systemClock } from '../../../../src/host/clock.ts'
import { propertyMs, runs } from '../../../support/settled.ts'
import { root } from '../../../support/vscode/paths.ts'
import { configWorld, size } from './world.ts'

const program = join(root, 'src/core/config/locker.ts')

it(
  'processes that are killed in the middle of their changes leave a whole file, and nothing to wait for',
  async () => {
    await using locks = new FileLocks({ program, clock: systemClock })
    await using world = await configWorld(locks)
    await writeFile(world.path('models'), '{ "all": { "contextTokens": 1 } // counted\n}')
    const said: unknown[] = []
    const kills = runs(6)
    const live = async (): Promise<void> => {
      for (let life = 0; life < kills / 2; life++) {
        const child = fork(join(root, 'test/support/config/updater.ts'), [program, world.folder])
        child.on('message', (words) => said.push(words))
        // It is killed wherever it stands after so many changes: sooner or later in each part of one.
        for (let heard = 0; heard < 5 + 3 * (life % 10); heard++) await once(child, 'message')
        const gone = once(child, 'exit')
        child.kill('SIGKILL')
        await gone
        expect(await size(world.store, 'mine', life + 1, neverCancelled)).toBeUndefined()
      }
    }
    await Promise.all([live(), live()])
    expect(new Set(said)).toEqual(new Set(['counted']))
    const read = await world.store.read('models')
    const counted = 'models' in read ? (read.models['all']?.contextTokens ?? 0) - 1 : 0
    // What was made and could not be told any more may be there as well, once for each that was killed.
    expect(counted).toBeGreaterThanOrEqual(said.length)
    expect(counted).toBeLessThanOrEqual(said.length + kills)
    expect(await world.text('models')).toContain('// counted')
    expect(await readdir(world.folder)).toEqual(['models.jsonc', 'models.jsonc.lock'])
  },
  propertyMs,
)
