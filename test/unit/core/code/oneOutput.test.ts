import { spawn } from 'node:child_process'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Duplex } from 'node:stream'
import { afterAll, beforeAll, expect, test } from 'vitest'
import type { KernelFiles } from '../../../../src/core/code/kernelProgram.ts'
import { RpcConnection } from '../../../../src/core/rpc/connection.ts'
import { streamTransport } from '../../../../src/core/rpc/streamTransport.ts'
import { neverCancelled } from '../../../../src/core/scheduling/cancellation.ts'
import { builtKernels } from '../../../support/builtKernels.ts'

let folder: string
let files: KernelFiles
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'one-output-'))
  files = await builtKernels(folder)
})
afterAll(() => rm(folder, { recursive: true, force: true }))

test.each([
  ['python', 'print(1)', () => ['python3', files.python]],
  ['javascript', 'console.log(1)', () => [process.execPath, files.javascript, files.worker]],
] as const)('a %s kernel whose outputs are one marks a script’s end once', async (_language, code, words) => {
  const child = spawn('sh', ['-c', 'exec "$@" 1>&2', 'sh', ...words()], {
    stdio: ['ignore', 'ignore', 'pipe', 'pipe', 'pipe'],
  })
  let said = ''
  child.stderr?.on('data', (chunk: Buffer) => void (said += chunk.toString()))
  const ended = new Promise((resolve) => child.once('close', resolve))
  const transport = streamTransport(child.stdio[4] as Duplex, child.stdio[3] as Duplex)
  await using connection = new RpcConnection(transport, { onFault: (message) => void (said += message) })
  const reply = await connection.request('run', { script: 'one', code, cwd: folder }, neverCancelled)
  expect(reply).toMatchObject({ kind: 'ok', value: { ok: true } })
  connection.notify('shutdown')
  await ended
  expect(said).toBe('1\n\0one\n')
})
