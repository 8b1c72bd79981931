/**
 * What the host and a kernel say to each other, as JSON-RPC over either transport. The host's side parses what comes in;
 * kernels take the types alone.
 *
 * - host → kernel: request `run`, request `check`, request `ping` (answered with `{}`), notification `shutdown` (ends the kernel).
 * - kernel → host: request `call`, notification `fault` (what went wrong there and has no asker).
 * - both ways: `$/cancelRequest`, after which the request is still answered, once.
 */
import * as z from 'zod'

/** `run`: one script, from its start to its end. Cancelled: the script is ended, then the request is answered. */
export const runParams = z.object({
  /** Names the script in its calls; unique in the kernel's life. */
  script: z.string(),
  code: z.string(),
  /** An existing folder, absolute. */
  cwd: z.string(),
  /** Added to the kernel's own environment while the script runs. */
  environment: z.record(z.string(), z.string()).optional(),
})
export type RunParams = z.infer<typeof runParams>

/**
 * `error` is the text of what the script did not catch, with its traceback; `processes`, whether it may have started some.
 * Before the answer the kernel writes a NUL, the script's name and a line's end to its own output and error output,
 * once where they are one.
 */
const processes = z.boolean()
export const runResult = z.discriminatedUnion('ok', [
  z.object({ ok: z.literal(true), processes }),
  z.object({ ok: z.literal(false), error: z.string(), processes }),
])
export type RunResult = z.infer<typeof runResult>

/** `check`, after a script: `clean` when the kernel is as it was and can run another one, else `left` says what is not. */
export const checkResult = z.object({ clean: z.boolean(), left: z.string() })

/** `call`: a tool call that a script makes. A failed one is answered with an error whose `data.code` is the tool's. */
export const callParams = z.object({ script: z.string(), name: z.string(), input: z.unknown() })
export type CallParams = z.infer<typeof callParams>

/** `file`: absolute, on the kernel's machine, UTF-8; the client reads and removes it. */
export const callResult = z.union([z.object({ text: z.string() }), z.object({ file: z.string() })])
export type CallResult = z.infer<typeof callResult>

export const faultParams = z.object({ message: z.string() })

/** A result of more UTF-8 bytes than this comes through a file, so that it holds up no other answer. */
export const RESULT_FILE_BYTES = 256 * 1024
