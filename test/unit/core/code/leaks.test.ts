import { execFile } from 'node:child_process'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { expect, test } from 'vitest'
import { root } from '../../../support/vscode/paths.ts'
import type { Held } from '../../../support/scriptLoad.ts'

test.each(['python', 'javascript'])(
  '%s: 200 scripts leave no descriptor and no memory behind',
  async (language) => {
    const load = ['--expose-gc', join(root, 'test/support/scriptLoad.ts'), language, '50', '200']
    const { stdout } = await promisify(execFile)(process.execPath, load)
    const [before, after] = JSON.parse(stdout) as [Held, Held]
    expect(after.descriptors).toBe(before.descriptors)
    expect(after.kernelDescriptors).toBe(before.kernelDescriptors)
    expect(after.heap - before.heap).toBeLessThan(4)
    expect(after.kernelMemory / before.kernelMemory).toBeLessThan(1.3)
  },
  120_000,
)
