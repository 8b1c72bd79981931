import { type ChildProcess, spawn } from 'node:child_process'
import { join } from 'node:path'
import type { Duplex } from 'node:stream'
import { callHandler } from '../../../src/core/code/callHandler.ts'
import { LocalResults } from '../../../src/core/code/localResults.ts'
import type { ScriptLanguage, ScriptReply } from '../../../src/core/code/scripts.ts'
import { type Handlers, RpcConnection } from '../../../src/core/rpc/connection.ts'
import { hostSpool, makeSpool } from '../../../src/core/rpc/localSpool.ts'
import { shellSpool } from '../../../src/core/rpc/shellFolder.ts'
import { streamTransport } from '../../../src/core/rpc/streamTransport.ts'
import type { Transport } from '../../../src/core/rpc/transport.ts'
import type { CancellationToken } from '../../../src/core/scheduling/cancellation.ts'
import { systemClock } from '../../../src/host/clock.ts'
import { runHere } from './runHere.ts'

/** How messages travel between the script's process and the test. */
export type Way = 'stream' | 'files' | 'commands'

export type OnCall = (
  name: string,
  input: Record<string, unknown>,
  token: CancellationToken,
  connection: RpcConnection,
) => Promise<ScriptReply>

export interface Ran {
  /** What it printed, both streams. */
  output: string
  exitCode: number | null
  faults: string[]
}

const here = import.meta.dirname
const clients = join(here, '../../../src/core/code/clients')

/** Runs a script's code in a process of its own, whose tool calls the test answers, to its end. */
export async function runScript(
  language: ScriptLanguage,
  way: Way,
  code: string,
  onCall: OnCall,
  spool?: string,
): Promise<Ran> {
  if (way !== 'stream') spool ??= await makeSpool()
  const [file, program] = language === 'python' ? ['python3', 'script.py'] : [process.execPath, 'script.ts']
  const child = spawn(file, [join(here, program), spool ?? 'stream', code], {
    stdio: ['ignore', 'pipe', 'pipe', 'pipe', 'pipe'],
    env: { ...process.env, PYTHONPATH: clients, PYTHONDONTWRITEBYTECODE: '1', NODE_NO_WARNINGS: '1' },
  })
  let output = ''
  for (const stream of [child.stdout, child.stderr]) stream?.on('data', (chunk: Buffer) => (output += chunk.toString()))
  const faults: string[] = []
  await using results = new LocalResults()
  const call = callHandler(
    ({ name, input }, token) => onCall(name, input as Record<string, unknown>, token, connection),
    results,
  )
  const handlers: Handlers = {
    requests: { call },
    notifications: { fault: (params) => faults.push((params as { message: string }).message) },
    onFault: (message) => faults.push(message),
  }
  const transport = transportTo(child, way, spool ?? '')
  await using connection = new RpcConnection(transport, handlers)
  const exitCode = await new Promise<number | null>((resolve) => child.once('close', resolve))
  return { output, exitCode, faults }
}

function transportTo(child: ChildProcess, way: Way, spool: string): Transport {
  switch (way) {
    case 'stream':
      return streamTransport(child.stdio[4] as Duplex, child.stdio[3] as Duplex)
    case 'files':
      return hostSpool(spool, systemClock)
    case 'commands':
      return shellSpool(spool, runHere, systemClock)
  }
}
