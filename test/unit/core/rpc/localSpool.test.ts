import { existsSync } from 'node:fs'
import { mkdir, readdir, symlink, writeFile } from 'node:fs/promises'
import { basename, join } from 'node:path'
import { expect, test } from 'vitest'
import { RpcConnection } from '../../../../src/core/rpc/connection.ts'
import { hostSpool, kernelSpool, makeSpool } from '../../../../src/core/rpc/localSpool.ts'
import { spoolNames } from '../../../../src/core/rpc/spool.ts'
import { neverCancelled } from '../../../../src/core/scheduling/cancellation.ts'
import { systemClock } from '../../../../src/host/clock.ts'
import { ManualClock } from '../../../support/manualClock.ts'
import { runScript } from '../../../support/rpc/scriptProcess.ts'

/** What a dead process, a full disk, a script or a user may leave in the folder. Gives how many. */
async function litter(folder: string, run: string): Promise<number> {
  const put = (name: string, text: string | Buffer): Promise<void> => writeFile(join(folder, name), text)
  await put(spoolNames('stretto-earlier')(), '[{"jsonrpc":"2.0","method":"old"}]')
  await put(spoolNames(run)(), '[{"jsonrpc":"2.0","method":"cut sho')
  await put(spoolNames(run)(), '')
  await put(spoolNames(run)(), Buffer.from([0xff, 0xfe, 0]))
  await put(spoolNames(run)(), '{"jsonrpc":"2.0","method":"alone"}')
  await put('notes.txt', 'hello')
  await put(`${run}.writer.1.json`, '[]')
  await mkdir(join(folder, spoolNames(run)()))
  await symlink('/etc/passwd', join(folder, spoolNames(run)()))
  await put(`.${spoolNames(run)()}`, '[{"jsonrpc')
  return 9
}

test('what is no message of this connection is set aside once and told once; messages come all the same', async () => {
  const path = await makeSpool()
  const count = await litter(join(path, 'to-host'), basename(path))
  const faults: string[] = []
  const onFault = (message: string): void => void faults.push(message)
  const ping = { ping: async () => ({ kind: 'ok' as const, value: {} }) }
  const host = new RpcConnection(hostSpool(path, systemClock), { onFault })
  const kernel = new RpcConnection(kernelSpool(path, systemClock), { requests: ping, onFault })
  for (let n = 0; n < 3; n++) expect(await host.request('ping', {}, neverCancelled)).toMatchObject({ kind: 'ok' })
  expect(faults.toSorted()).toEqual(Array.from({ length: count }, () => expect.stringMatching(/ was set aside: /)))
  expect(await readdir(join(path, 'to-host', '.aside'))).toHaveLength(count)
  await Promise.all([host[Symbol.asyncDispose](), kernel.closed])
  expect([existsSync(path), existsSync(`${path}-gone`)]).toEqual([false, false])
})

test('Python does the same', async () => {
  const path = await makeSpool()
  const count = await litter(join(path, 'to-kernel'), basename(path))
  const code = 'from stretto import tools\nfor n in range(3): print(tools.read_file(n=n))'
  const { output, faults } = await runScript('python', 'files', code, async () => ({ kind: 'text', text: 'a' }), path)
  expect(output).toBe('a\na\na\n')
  expect(faults.toSorted()).toEqual(Array.from({ length: count }, () => expect.stringMatching(/ was set aside: /)))
  expect([existsSync(path), existsSync(`${path}-gone`)]).toEqual([false, false])
})

test('nothing is left behind when it closes while both sides write', async () => {
  for (let round = 0; round < 10; round++) {
    const path = await makeSpool()
    const onFault = (message: string): void => expect.fail(message)
    const echo = { echo: async (value: unknown) => ({ kind: 'ok' as const, value }) }
    const host = new RpcConnection(hostSpool(path, systemClock), { requests: echo, onFault })
    const kernel = new RpcConnection(kernelSpool(path, systemClock), { requests: echo, onFault })
    const asked = [host, kernel].flatMap((side) =>
      [...Array(20).keys()].map((n) => side.request('echo', { n }, neverCancelled)),
    )
    await asked[round]
    await Promise.all([host[Symbol.asyncDispose](), kernel.closed])
    const replies = await Promise.all(asked)
    expect(replies.every((reply) => reply.kind === 'ok' || reply.code === 'closed')).toBe(true)
    expect([existsSync(path), existsSync(`${path}-gone`)]).toEqual([false, false])
  }
})

test('where the system tells of changes, nothing waits for the next look', async () => {
  const path = await makeSpool()
  // Time stands still: no look is ever due.
  const onFault = (message: string): void => expect.fail(message)
  const ping = { ping: async () => ({ kind: 'ok' as const, value: {} }) }
  await using host = new RpcConnection(hostSpool(path, new ManualClock()), { onFault })
  await using _kernel = new RpcConnection(kernelSpool(path, new ManualClock()), { requests: ping, onFault })
  for (let n = 0; n < 20; n++) expect(await host.request('ping', {}, neverCancelled)).toMatchObject({ kind: 'ok' })
})
