import * as z from 'zod'
import type { FileTarget } from '../ports.ts'

/** A file at one moment: a text as its buffer had it, with `\n`; its bytes on disk; no file; or not kept, and why. */
const side = z.discriminatedUnion('kind', [
  z.object({ kind: z.literal('text'), hash: z.string() }),
  z.object({ kind: z.literal('bytes'), hash: z.string() }),
  z.object({ kind: z.literal('missing') }),
  z.object({ kind: z.literal('unknown'), why: z.string() }),
])
const span = z.object({ before: side, after: side })
const target = z.object({
  path: z.string(),
  asked: z.string(),
  display: z.string(),
  inside: z.boolean(),
  uri: z.string().optional(),
})
const file = z.object({ target, spans: z.array(span) })

export const checkpointSchema = z.object({
  version: z.literal(1),
  id: z.string(),
  sessionId: z.string(),
  at: z.number(),
  kind: z.enum(['turn', 'restore']),
  open: z.boolean(),
  files: z.array(file),
  gaps: z.array(z.string()),
})

/** A file at one moment, its content in the store. */
export type Side = z.infer<typeof side>

/** The same, its content at hand. */
export type Content =
  | { kind: 'text'; text: string }
  | { kind: 'bytes'; bytes: Uint8Array }
  | Extract<Side, { kind: 'missing' | 'unknown' }>

/** One uninterrupted change of a file; what lies between two of them was done by somebody else. */
export interface Span<S = Side> {
  before: S
  after: S
}

export interface CheckpointFile<S = Side> {
  target: FileTarget
  /** In order. */
  spans: Span<S>[]
}

/** What one turn, or one restoring, did to files. */
export interface Checkpoint<S = Side> {
  version: 1
  /** The turn's id, or the restoring's; unique in the session. */
  id: string
  sessionId: string
  /** When it began: milliseconds since the epoch. Orders the checkpoints of a session. */
  at: number
  kind: 'turn' | 'restore'
  /** Whether it still went on when it was written. */
  open: boolean
  files: CheckpointFile<S>[]
  /** What it does not hold, as sentences. */
  gaps: string[]
}
