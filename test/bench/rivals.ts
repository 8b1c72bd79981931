import { CancellationSource } from '../../src/core/scheduling/cancellation.ts'
import { Locks } from '../../src/core/scheduling/locks.ts'

/** A call as the rivals know it: it changes something or it does not. */
export interface RivalCall {
  mutating: boolean
  run(): Promise<void>
}

/** Other ways to run the calls of one answer. Each keeps the order of effects that the model wrote. */
export type Rival = (calls: readonly RivalCall[]) => Promise<void>

/** Neighbours that change nothing run together; each call that may change something runs alone. */
export const splitAtMutations: Rival = async (calls) => {
  let together: Promise<void>[] = []
  for (const call of calls) {
    if (!call.mutating) {
      together.push(call.run())
      continue
    }
    await Promise.all(together)
    together = []
    await call.run()
  }
  await Promise.all(together)
}

/** One lock for the whole workspace: what changes nothing reads, all else writes; first come, first served. */
export const oneLock: Rival = async (calls) => {
  const locks = new Locks()
  const { token } = new CancellationSource()
  await Promise.all(
    calls.map(async ({ mutating, run }) => {
      using _held = await locks.hold([{ key: 'workspace', mode: mutating ? 'write' : 'read' }], token)
      await run()
    }),
  )
}

export const oneAfterAnother: Rival = async (calls) => {
  for (const call of calls) await call.run()
}
