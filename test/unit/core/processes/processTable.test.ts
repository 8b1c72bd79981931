import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { describe, expect, test } from 'vitest'
import { processTable } from '../../../../src/core/processes/processTable.ts'

describe.skipIf(process.platform === 'win32')('the process table', () => {
  test('is looked at once for all who ask together, and again for who asks meanwhile', async () => {
    const first = processTable()
    expect(processTable()).toBe(first)
    await Promise.resolve()
    const child = spawn('sleep', ['60'], { env: { ...process.env, STRETTO_TEST: 'found' } })
    await once(child, 'spawn')
    const later = processTable()
    expect(later).not.toBe(first)
    await first
    const row = (await later).find(({ pid }) => pid === child.pid)
    child.kill('SIGKILL')
    expect(row).toMatchObject({ parent: process.pid })
    expect(row?.environment).toContain('STRETTO_TEST=found')
  })
})
