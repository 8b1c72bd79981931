import { execFile } from 'node:child_process'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { expect, test } from 'vitest'

const GB = 1024 * 1024 * 1024
const bytes = process.env['STRETTO_LONG'] === undefined ? GB : 10 * GB

test('a flood takes at most 64 MB of memory, and a stop answers', { timeout: 600_000 }, async () => {
  const program = join(import.meta.dirname, '../../../support/floodHost.ts')
  const { stdout } = await promisify(execFile)(process.execPath, [program, String(bytes)], { timeout: 590_000 })
  const { kind, stopped, grownMb, stopMs }: Record<string, unknown> = JSON.parse(stdout)
  expect({ kind, stopped }).toEqual({ kind: 'completed', stopped: 'cancelled' })
  expect(grownMb).toBeLessThan(64)
  // It ignores SIGTERM; two seconds on a quiet machine.
  expect(stopMs).toBeLessThan(10_000)
})
