/** Answers what the bench asks, in a process of its own: node rpcChild.ts bare|stream|files PATH. */
import { once } from 'node:events'
import { connect } from 'node:net'
import { type Reply, RpcConnection } from '../../src/core/rpc/connection.ts'
import { kernelSpool } from '../../src/core/rpc/localSpool.ts'
import { streamTransport } from '../../src/core/rpc/streamTransport.ts'
import { systemClock } from '../../src/host/clock.ts'
import { lines } from './lines.ts'

const TOOL_MS = 10

const [way, path = ''] = process.argv.slice(2)
const socket = way === 'files' ? undefined : connect(path)
if (socket !== undefined) await once(socket, 'connect')
if (socket !== undefined && way === 'bare')
  socket.on(
    'data',
    lines((line) => socket.write(`${line}\n`)),
  )
else await serve()

async function serve(): Promise<void> {
  const transport = socket === undefined ? kernelSpool(path, systemClock) : streamTransport(socket, socket)
  const connection = new RpcConnection(transport, {
    requests: {
      call: async (value): Promise<Reply> => ({ kind: 'ok', value }),
      tool: (value) =>
        new Promise<Reply>((resolve) => void systemClock.after(TOOL_MS, () => resolve({ kind: 'ok', value }))),
    },
    onFault: (message) => console.error(message),
  })
  await connection.closed
}
