import { readFile, rm } from 'node:fs/promises'
import type { Reply } from '../../rpc/connection.ts'
import { CancelledError, CancellationSource, type CancellationToken } from '../../scheduling/cancellation.ts'
import type { CallParams } from '../protocol.ts'
import { notJson } from './notJson.ts'

/** What a tool call of a script rejects with. `message` says what to do next. */
export class ToolError extends Error {
  /** A word such as `not_found`; `cancelled` when the signal or the script's end took the call back. */
  readonly code: string

  constructor(code: string, message: string) {
    super(message)
    this.name = 'ToolError'
    this.code = code
  }
}

/** Calls one tool and gives its result's text. @throws {ToolError} */
export type ScriptTool = (input?: object, options?: { signal?: AbortSignal }) => Promise<string>

/** `tools` of a script: every property is a tool. Which there are the host knows, and says so of others. */
export type ScriptTools = Readonly<Record<string, ScriptTool>>

/** The way to the host. */
export interface ToolCalls {
  /** @throws {CancelledError} */
  request(method: 'call', params: CallParams, token: CancellationToken): Promise<Reply>
}

/** @param scope cancelled when the script is over, with all its calls */
export function scriptTools(connection: ToolCalls, script: string, scope: CancellationSource): ScriptTools {
  const made = new Map<string, ScriptTool>()
  const tool = (name: string): ScriptTool => {
    return async (input = {}, { signal } = {}) => {
      const problem = notJson(input)
      if (problem !== undefined)
        throw new ToolError('invalid_input', `What was given to ${name} is not JSON: ${problem}.`)
      return whileWanted(signal, scope, (token) => call(connection, { script, name, input }, token))
    }
  }
  return new Proxy<Record<string, ScriptTool>>(Object.freeze(Object.create(null)), {
    get: (_, name) => {
      // An object with a `then` is taken for a promise, one with a `toJSON` is asked for it.
      if (typeof name === 'symbol' || name === 'then' || name === 'toJSON') return undefined
      const one = made.get(name) ?? tool(name)
      made.set(name, one)
      return one
    },
  })
}

async function call(connection: ToolCalls, params: CallParams, token: CancellationToken): Promise<string> {
  try {
    const reply = await connection.request('call', params, token)
    if (reply.kind === 'failed') throw new ToolError(reply.code, reply.message)
    return await textOf(reply.value)
  } catch (error) {
    if (error instanceof CancelledError) throw new ToolError('cancelled', 'The call was cancelled.')
    throw error
  }
}

/** A large text is in a file, which is removed when it is read. */
async function textOf(value: unknown): Promise<string> {
  if (typeof value === 'object' && value !== null) {
    if ('text' in value && typeof value.text === 'string') return value.text
    if ('file' in value && typeof value.file === 'string') {
      const text = await readFile(value.file, 'utf8')
      await rm(value.file)
      return text
    }
  }
  throw new ToolError('internal', 'The host gave neither a text nor a file.')
}

async function whileWanted<T>(
  signal: AbortSignal | undefined,
  scope: CancellationSource,
  work: (token: CancellationToken) => Promise<T>,
): Promise<T> {
  if (signal === undefined) return work(scope.token)
  const source = new CancellationSource(scope)
  const cancel = (): void => source.cancel('stop')
  if (signal.aborted) cancel()
  signal.addEventListener('abort', cancel, { once: true })
  try {
    return await work(source.token)
  } finally {
    signal.removeEventListener('abort', cancel)
    source.dispose()
  }
}
