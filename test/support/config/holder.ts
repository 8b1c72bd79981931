/** `node holder.ts LOCKER PATH`: holds a lock and says so, until it is killed. */
import { FileLocks } from '../../../src/core/config/fileLocks.ts'
import { neverCancelled } from '../../../src/core/scheduling/cancellation.ts'
import { systemClock } from '../../../src/host/clock.ts'

const [, , program = '', path = ''] = process.argv
const locks = new FileLocks({ program, clock: systemClock })
const lock = await locks.hold(path, neverCancelled)
process.send?.('kind' in lock ? lock.message : 'held')
