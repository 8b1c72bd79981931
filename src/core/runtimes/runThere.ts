import { randomUUID } from 'node:crypto'
import { tmpdir } from 'node:os'
import type { Failure } from '../ports.ts'
import type { Processes } from '../processes/processes.ts'
import type { CancellationToken } from '../scheduling/cancellation.ts'
import { failed } from '../tools/tool.ts'
import type { Runtime } from './runtime.ts'

/** In whose name runtimes run their own commands. */
export const RUNTIME = 'runtime'
const LINE = /.{1,1000}/g

export interface There {
  runtime: Runtime
  processes: Pick<Processes, 'open'>
}

export interface RanThere {
  kind: 'ran'
  exitCode: number
  output: Buffer
  errors: string
}

/**
 * Runs a command there to its end, with a text as its input. A failure says why that place cannot be reached. Cancelled,
 * it ends the command.
 *
 * @throws {CancelledError}
 */
export async function runThere(
  { runtime, processes }: There,
  command: string,
  text: string,
  token: CancellationToken,
): Promise<RanThere | Failure> {
  const input = text !== ''
  const carrier = await runtime.carry(
    { command: input ? framed(command) : command, mark: `${randomUUID()};`, input },
    token,
  )
  if ('kind' in carrier) return carrier
  const output: Buffer[] = []
  const errors: Buffer[] = []
  const child = await processes.open(
    {
      ...carrier,
      cwd: tmpdir(),
      input: true,
      endsWithInput: true,
      onOutput: (chunk) => void output.push(chunk),
      onError: (chunk) => void errors.push(chunk),
    },
    RUNTIME,
    token,
  )
  const registration = token.onCancellationRequested(() => void child.stop())
  if (input) child.input?.write(frame(text))
  const end = await child.ended
  registration.dispose()
  token.throwIfCancelled()
  if (end.kind === 'failed') return end
  const said = Buffer.concat(errors).toString()
  const lost = runtime.lost(end.exitCode, said)
  if (lost !== undefined) return lost
  if (end.exitCode === undefined) return failed('connection_lost', `The connection to ${runtime.label} was ended.`)
  return { kind: 'ran', exitCode: end.exitCode, output: Buffer.concat(output), errors: said }
}

/** The end of the carrier's input would end the command: its text comes in lines of base64, up to one with a dot. */
function framed(command: string): string {
  return `sed -n '/^[.]$/q;p' | base64 -d | {\n${command}\n}`
}

function frame(text: string): string {
  return `${Buffer.from(text).toString('base64').replaceAll(LINE, '$&\n')}.\n`
}
