import type { Reply, RequestHandler } from '../rpc/connection.ts'
import type { CancellationToken } from '../scheduling/cancellation.ts'
import { failed } from '../tools/tool.ts'
import { type CallParams, callParams, type CallResult, RESULT_FILE_BYTES } from './protocol.ts'
import type { ScriptReply } from './scripts.ts'

/** Where large results go for a kernel to read. */
export interface ResultFiles {
  /** Writes it to a file of its own, and gives its path on the kernel's machine. */
  put(text: string): Promise<string>
}

/**
 * Answers the kernel's request `call`.
 *
 * @param onCall never rejects
 * @param files none where the kernel could not read them, or messages are files: a large result is then in its answer
 */
export function callHandler(
  onCall: (call: CallParams, token: CancellationToken) => Promise<ScriptReply>,
  files?: ResultFiles,
): RequestHandler {
  return async (params, token) => {
    const parsed = callParams.safeParse(params)
    if (!parsed.success) return failed('invalid_input', `This is no call of a tool: ${parsed.error.message}`)
    const reply = await onCall(parsed.data, token)
    return reply.kind === 'failed' ? reply : toResult(reply.text, files)
  }
}

async function toResult(text: string, files: ResultFiles | undefined): Promise<Reply> {
  const small = files === undefined || Buffer.byteLength(text) <= RESULT_FILE_BYTES
  const value: CallResult = small ? { text } : { file: await files.put(text) }
  return { kind: 'ok', value }
}
