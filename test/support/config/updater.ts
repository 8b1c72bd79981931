/** `node updater.ts LOCKER FOLDER`: counts in `models.jsonc` and says so each time, until it is killed. */
import { ConfigStore } from '../../../src/core/config/configStore.ts'
import { FileLocks } from '../../../src/core/config/fileLocks.ts'
import { neverCancelled } from '../../../src/core/scheduling/cancellation.ts'
import { systemClock } from '../../../src/host/clock.ts'
import { silentLog } from '../openGate.ts'

const [, , program = '', folder = ''] = process.argv
const locks = new FileLocks({ program, clock: systemClock })
const store = new ConfigStore({ folder, locks, log: silentLog })
for (;;) {
  const failure = await store.update(
    'models',
    (value) => {
      const { contextTokens = 0 } = (value['all'] ?? {}) as { contextTokens?: number }
      return { ...value, all: { contextTokens: contextTokens + 1 } }
    },
    neverCancelled,
  )
  process.send?.(failure?.message ?? 'counted')
}
