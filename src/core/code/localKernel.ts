import type { Reach } from '../approvals/policy.ts'
import type { Failure } from '../ports.ts'
import type { Processes } from '../processes/processes.ts'
import { streamTransport } from '../rpc/streamTransport.ts'
import type { Confinement } from '../sandbox/confinement.ts'
import type { CancellationToken } from '../scheduling/cancellation.ts'
import { failed } from '../tools/tool.ts'
import { Kernel, type KernelBody, type KernelParts, KERNELS, type NotStarted, openKernel } from './kernel.ts'
import type { KernelProgram, Launch } from './kernelProgram.ts'
import { LocalResults } from './localResults.ts'
import type { MarkedOutput } from './markedOutput.ts'

export interface LocalParts extends KernelParts {
  processes: Pick<Processes, 'open'>
  confinement: Pick<Confinement, 'enclose'>
}

/** Starts one on this machine; a failure says why there is none, and what to do. @throws {CancelledError} */
export async function startKernel(
  program: KernelProgram,
  reach: Reach,
  parts: LocalParts,
  token: CancellationToken,
): Promise<Kernel | Failure> {
  let reason = ''
  for (const launch of program.launches) {
    const enclosed = await parts.confinement.enclose(launch, reach, program.folders)
    if ('kind' in enclosed) return enclosed
    const environment = { ...launch.environment, ...enclosed.environment }
    const inside = { ...launch, file: enclosed.file, args: enclosed.args, environment }
    const start = (output: readonly [MarkedOutput, MarkedOutput]) => open(inside, output, reach, parts, token)
    const kernel = await openKernel(start, inside.file, parts, token).catch(async (error: unknown) => {
      await enclosed[Symbol.asyncDispose]()
      throw error
    })
    if (kernel instanceof Kernel) kernel.behind(enclosed)
    else await enclosed[Symbol.asyncDispose]()
    if (kernel instanceof Kernel) return kernel
    reason = reason === '' || !kernel.missing ? kernel.reason : reason
    if (!kernel.missing) break
  }
  return failed('no_kernel', `There is no kernel for ${program.language} scripts: ${reason.trim()} ${program.remedy}`)
}

/** @param reach behind walls it sees no files but its own and those of the workspace */
async function open(
  launch: Launch,
  output: readonly [MarkedOutput, MarkedOutput],
  reach: Reach,
  { processes }: LocalParts,
  token: CancellationToken,
): Promise<KernelBody | NotStarted> {
  const onOutput = (chunk: Buffer): Promise<void> | void => output[0].add(chunk)
  const onError = (chunk: Buffer): Promise<void> | void => output[1].add(chunk)
  const child = await processes.open({ ...launch, channels: 2, onOutput, onError }, KERNELS, token)
  if (child.pid === undefined) {
    const end = await child.ended
    return { missing: true, reason: end.kind === 'failed' ? end.message : `${launch.file} did not start.` }
  }
  const transport = streamTransport(child.channel(1), child.channel(0))
  const results = reach === 'user' ? new LocalResults() : undefined
  return { child, transport, output, results, elsewhere: undefined }
}
