/** Runs one script as a kernel does: node script.ts stream|SPOOL CODE. */
import { Socket } from 'node:net'
import { scriptTools, ToolError } from '../../../src/core/code/clients/tools.ts'
import { RpcConnection } from '../../../src/core/rpc/connection.ts'
import { kernelSpool } from '../../../src/core/rpc/localSpool.ts'
import { streamTransport } from '../../../src/core/rpc/streamTransport.ts'
import { CancellationSource } from '../../../src/core/scheduling/cancellation.ts'
import { systemClock } from '../../../src/host/clock.ts'

const [way = '', code = ''] = process.argv.slice(2)
const transport =
  way === 'stream' ? streamTransport(new Socket({ fd: 3 }), new Socket({ fd: 4 })) : kernelSpool(way, systemClock)
await using connection = new RpcConnection(transport, {
  onFault: (message) => connection.notify('fault', { message }),
})
const tools = scriptTools(connection, 'script', new CancellationSource())
const AsyncFunction = (async () => {}).constructor as new (
  ...words: string[]
) => (...values: unknown[]) => Promise<void>
await new AsyncFunction('tools', 'ToolError', code)(tools, ToolError)
