import type { ApprovalRequest, EndStatus, FileChange, SessionEvent, WaitingFor } from '../../../src/protocol/events.ts'

type Ended = Extract<SessionEvent, { type: 'callEnded' }>
type Details = Partial<Omit<Ended, 'type' | 'at' | 'turnId' | 'callId' | 'status'>>

/** One call of a scene: `at` holds when it was asked for, began and ended, in ms; `undefined` is still open. */
export interface Asked {
  id: string
  name: string
  summary: string
  at: [asked: number, began?: number, ended?: number]
  input?: unknown
  status?: EndStatus
  waitingFor?: WaitingFor
  approval?: ApprovalRequest
  output?: string
  end?: Details
  parentId?: string
}

/** When scenes begin, in ms since the epoch. */
export const START = Date.UTC(2026, 0, 5, 10)

export function turn(turnId: string, text: string, model = 'gpt-5.1', at = 0): SessionEvent {
  return { type: 'turnStarted', at: START + at, turnId, messageId: `${turnId}-m`, text, source: 'panel', model }
}

export function change(path: string, added: number, removed: number, more: Partial<FileChange> = {}): FileChange {
  return {
    path,
    uri: `file:///shop/${path}`,
    kind: 'modified',
    added,
    removed,
    diff: [],
    omitted: 0,
    saved: true,
    ...more,
  }
}

/** A step whose words come first and whose calls start from `from`, in ms after the scene's start. */
export function step(turnId: string, stepId: string, text: string, from: number, calls: Asked[]): SessionEvent[] {
  const at = START + from
  return [
    { type: 'stepStarted', at, turnId, stepId, model: 'gpt-5.1' },
    { type: 'textAdded', at, turnId, stepId, text },
    ...calls.flatMap((call) => eventsOf(turnId, stepId, at, call)),
  ]
}

export function stepEnd(turnId: string, stepId: string, at: number, costUsd?: number, tokens = [0, 0]): SessionEvent {
  const [inputTokens = 0, outputTokens = 0] = tokens
  return { type: 'stepEnded', at: START + at, turnId, stepId, usage: { inputTokens, outputTokens, costUsd } }
}

function eventsOf(turnId: string, stepId: string, from: number, call: Asked): SessionEvent[] {
  const { id: callId, name, summary, input = {}, parentId, waitingFor, approval, output, end } = call
  const [asked, began, ended] = call.at
  const of = (ms: number): { at: number; turnId: string; callId: string } => ({ at: from + ms, turnId, callId })
  const events: SessionEvent[] = [
    { type: 'callProposed', ...of(asked), stepId, name, input, summary, parentId },
    { type: 'callQueued', ...of(asked) },
  ]
  if (waitingFor !== undefined) events.push({ type: 'callWaiting', ...of(asked), waitingFor })
  if (approval !== undefined) events.push({ type: 'callApproval', ...of(asked), request: approval })
  if (began !== undefined) events.push({ type: 'callRunning', ...of(began) })
  if (output !== undefined) events.push({ type: 'callOutput', ...of(began ?? asked), text: output })
  if (ended === undefined) return events
  const status = call.status ?? 'completed'
  return [...events, { type: 'callEnded', ...of(ended), status, result: '', ...end }]
}

/** What a test runner prints. */
export const TEST_LINES = [
  ...Array.from({ length: 38 }, (_, i) => ` ✓ src/part${i}.test.ts (${i + 3} tests)`),
  ' ✓ src/session.test.ts (14 tests) 212 ms',
  ' ✓ src/cart.test.ts (31 tests) 540 ms',
  ' ✓ src/price.test.ts (22 tests) 96 ms',
  ' ✓ src/checkout.test.ts (9 tests) 1804 ms',
  ' ❯ src/sync.test.ts 3/12',
  '   ✓ resumes after a dropped connection',
]
