import { randomUUID } from 'node:crypto'
import { PassThrough } from 'node:stream'
import type { Clock, Failure } from '../ports.ts'
import type { Child } from '../processes/child.ts'
import { quoted, type RunShell, shellFolder } from '../rpc/shellFolder.ts'
import { spoolTransport } from '../rpc/spoolTransport.ts'
import { streamTransport } from '../rpc/streamTransport.ts'
import type { Transport } from '../rpc/transport.ts'
import type { RemoteFolder } from '../runtimes/remoteFolder.ts'
import {
  CancellationSource,
  CancelledError,
  type CancellationToken,
  neverCancelled,
} from '../scheduling/cancellation.ts'
import { failed } from '../tools/tool.ts'
import type { MarkedOutput } from './markedOutput.ts'

/** How a kernel elsewhere speaks with the host, beside what its scripts print. */
export interface Way {
  /** Commands there, before its program. */
  prelude: string
  /** Its argument; none: it speaks over the descriptors 3 and 4. */
  spool: string | undefined
  /** Whether it reads what is written to the carrying process. */
  input: boolean
  /** What hears the carrying process. */
  onOutput: Hear
  onError: Hear
  /** What hears the scripts. */
  output: readonly MarkedOutput[]
  over(child: Child): Transport
}

type Hear = (chunk: Buffer) => Promise<void> | void

/** A listing waits for the first file for some 5 s: each is a command. */
const LISTING_TURNS = 32

/** Over the connection's own input and output: what scripts print, on either stream, is its error output. */
export function streamThere([both]: readonly [MarkedOutput, MarkedOutput]): Way {
  const input = new PassThrough()
  return {
    prelude: 'exec 3<&0 4>&1 0</dev/null 1>&2',
    spool: undefined,
    input: true,
    onOutput: (chunk) => {
      if (input.destroyed || input.write(chunk)) return undefined
      return new Promise((resolve) => {
        input.once('drain', resolve)
        input.once('close', resolve)
      })
    },
    onError: (chunk) => both.add(chunk),
    output: [both],
    over: (child) => {
      if (child.input === undefined) throw new Error('a kernel there has an input')
      void child.ended.then(() => input.end())
      return streamTransport(input, child.input)
    },
  }
}

/** Over files, in a spool of its own, that commands reach. @throws {CancelledError} */
export async function spoolThere(
  folder: RemoteFolder,
  output: readonly [MarkedOutput, MarkedOutput],
  clock: Clock,
  token: CancellationToken,
): Promise<Way | Failure> {
  const run = randomUUID()
  const spool = `${folder.path}/${run}`
  const made = await folder.run(
    `umask 077; mkdir ${['', '/to-host', '/to-kernel'].map((name) => quoted(spool + name)).join(' ')}`,
    '',
    token,
  )
  if (made.kind === 'failed') return made
  if (made.exitCode !== 0) return failed('no_spool', `No folder can be made there: ${made.errors.trim()}`)
  return {
    prelude: '',
    spool,
    input: false,
    onOutput: (chunk) => output[0].add(chunk),
    onError: (chunk) => output[1].add(chunk),
    output,
    over: () => spoolOver(folder, spool, run, clock),
  }
}

function spoolOver(folder: RemoteFolder, spool: string, run: string, clock: Clock): Transport {
  const listening = new CancellationSource()
  const transport = spoolTransport({
    inbox: shellFolder(`${spool}/to-host`, runIn(folder, listening.token), LISTING_TURNS),
    outbox: shellFolder(`${spool}/to-kernel`, runIn(folder, neverCancelled)),
    run,
    clock,
    release: async () => {
      if (folder.isOpen) await runIn(folder, neverCancelled)(`rm -rf ${quoted(spool)}`, '')
    },
  })
  const dispose = async (): Promise<void> => {
    listening.cancel('dispose')
    await transport.dispose()
  }
  return { ...transport, dispose }
}

/** Where the folder has gone, so has the spool. */
function runIn(folder: RemoteFolder, token: CancellationToken): RunShell {
  const gone = (why: string): Error => Object.assign(new Error(why), { code: 'ENOENT' })
  return async (command, input) => {
    try {
      const end = await folder.run(command, input, token)
      if (end.kind === 'failed') throw gone(end.message)
      return end
    } catch (error) {
      throw error instanceof CancelledError ? gone(error.message) : error
    }
  }
}
