import { once } from 'node:events'
import { mkdtemp, rm } from 'node:fs/promises'
import { connect, createServer, type Socket } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { hostSpool, kernelSpool, makeSpool } from '../../../src/core/rpc/localSpool.ts'
import { makeShellSpool, shellSpool } from '../../../src/core/rpc/shellFolder.ts'
import { streamTransport } from '../../../src/core/rpc/streamTransport.ts'
import type { Transport } from '../../../src/core/rpc/transport.ts'
import { systemClock } from '../../../src/host/clock.ts'
import { runHere } from './runHere.ts'
import type { Way } from './scriptProcess.ts'

/** The two ends of one socket. */
export async function sockets(): Promise<[Socket, Socket]> {
  const folder = await mkdtemp(join(tmpdir(), 'stretto-pair-'))
  const path = join(folder, 'socket')
  const server = createServer().listen(path)
  await once(server, 'listening')
  const there = once(server, 'connection') as Promise<[Socket]>
  const here = connect(path)
  const [other] = await there
  server.close()
  await rm(folder, { recursive: true })
  return [here, other]
}

/** Two transports that are each other's other side; the first owns what lies between them. */
export const pairs: Record<Way, () => Promise<[Transport, Transport]>> = {
  stream: async () => {
    const [here, there] = await sockets()
    return [streamTransport(here, here), streamTransport(there, there)]
  },
  files: async () => {
    const path = await makeSpool()
    return [hostSpool(path, systemClock), kernelSpool(path, systemClock)]
  },
  commands: async () => {
    const path = await makeShellSpool(runHere)
    return [shellSpool(path, runHere, systemClock), kernelSpool(path, systemClock)]
  },
}
