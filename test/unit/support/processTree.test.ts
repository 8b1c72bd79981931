import { once } from 'node:events'
import { expect, it } from 'vitest'
import { isAlive, startOwned } from '../../support/vscode/processTree.ts'

const GRANDCHILD = `
  const { spawn } = require('node:child_process')
  const child = spawn(process.execPath, ['-e', 'setInterval(() => {}, 1000)'], { detached: true, stdio: 'ignore' })
  process.on('SIGTERM', () => {})
  process.stdout.write(String(child.pid))
  setInterval(() => {}, 1000)
`

it('ends a process that ignores SIGTERM, and its children in groups of their own', { timeout: 15_000 }, async () => {
  const owned = startOwned(process.execPath, ['-e', GRANDCHILD], {})
  const [output] = (await once(owned.child.stdout ?? owned.child, 'data')) as [Buffer]
  const grandchild = Number(output.toString())
  expect(isAlive(grandchild)).toBe(true)
  await owned.end()
  expect(owned.child.signalCode).toBe('SIGKILL')
  await expect.poll(() => isAlive(grandchild)).toBe(false)
})

it('tells that a command does not exist by ending, not by throwing', async () => {
  const owned = startOwned('/no/such/command', [], {})
  expect(await owned.ended).toBe(null)
  await owned.end()
})
