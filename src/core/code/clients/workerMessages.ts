/** What a JavaScript kernel and the thread of its script say to each other. */
import type { Reply } from '../../rpc/connection.ts'
import type { RunParams } from '../protocol.ts'

export type ToWorker =
  | { kind: 'run'; params: RunParams }
  /** The script is to end: its calls are taken back, and it can make no more. */
  | { kind: 'stop' }
  | { kind: 'answer'; id: number; reply: Reply | { kind: 'cancelled' } }

export type FromWorker =
  | { kind: 'ready' }
  | { kind: 'call'; id: number; params: unknown }
  | { kind: 'takeBack'; id: number }
  /** The working directory is the process's: the thread waits at `done[0]` for 1 (it was changed) or 2 (it could not). */
  | { kind: 'chdir'; path: string; done: Int32Array }
  /** What the script's own text threw. */
  | { kind: 'fault'; text: string }
  /** Nothing goes on, and a top-level `await` still waits. */
  | { kind: 'unsettled' }
