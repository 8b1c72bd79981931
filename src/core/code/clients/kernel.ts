/**
 * A kernel for JavaScript scripts: each runs in a thread of its own, so that none sees another's globals and modules, and
 * the kernel answers while a script is busy.
 *
 *     node kernel WORKER            speaks with the host over the descriptors 3 (in) and 4 (out)
 *     node kernel WORKER FOLDER     over a spool
 */
import { registerHooks } from 'node:module'
import { Socket } from 'node:net'
import { RpcConnection } from '../../rpc/connection.ts'
import { kernelSpool } from '../../rpc/localSpool.ts'
import { streamTransport } from '../../rpc/streamTransport.ts'
import type { RunParams } from '../protocol.ts'
import { Footprint } from './footprint.ts'
import { ScriptThread } from './scriptThread.ts'

const [, , program = '', folder] = process.argv

if (typeof registerHooks !== 'function') {
  console.error(`Node ${process.versions.node} is too old: Stretto needs 22.15 or newer.`)
  process.exit(1)
}

const clock = {
  now: () => Date.now(),
  after: (ms: number, callback: () => void) => {
    const timer = setTimeout(callback, ms)
    return { dispose: () => clearTimeout(timer) }
  },
}
const transport = folder === undefined ? streamTransport(new Socket({ fd: 3 }), output()) : kernelSpool(folder, clock)

const connection = new RpcConnection(transport, {
  requests: {
    run: async (params, token) => {
      if (!isRun(params)) return { kind: 'failed', code: 'invalid_input', message: 'This is no script.' }
      return { kind: 'ok', value: await next.run(params, connection, footprint, token) }
    },
    check: async () => {
      next = new ScriptThread(program)
      const left = footprint.putBack()
      await next.ready
      return { kind: 'ok', value: { clean: left.length === 0, left: left.join(', ') } }
    },
    ping: async () => ({ kind: 'ok', value: {} }),
  },
  notifications: { shutdown: () => process.exit(0) },
  onFault: (message) => connection.notify('fault', { message }),
})
const footprint = new Footprint()
/** Warm, for the next script. */
let next = new ScriptThread(program)

// Without a host there is nobody to work for; what scripts started goes along.
void connection.closed.then(() => {
  try {
    process.kill(-process.pid, 'SIGKILL')
  } catch {
    // It leads no group where the system has none.
  }
  process.exit(0)
})

/** Never read: elsewhere it may be one socket with the input, which another process reads. */
function output(): Socket {
  return new Socket({ fd: 4, readable: false })
}

/** The host made this process, and is trusted with the rest. */
function isRun(params: unknown): params is RunParams {
  return typeof params === 'object' && params !== null && 'code' in params && 'script' in params && 'cwd' in params
}
