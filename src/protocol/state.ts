import type {
  ApprovalRequest,
  BudgetQuestion,
  CallStatus,
  EndStatus,
  FileChange,
  SessionEvent,
  TurnError,
  TurnSource,
  Usage,
  UserQuestion,
  WaitingFor,
} from './events.ts'
import { type Raised, reduceBudget, withUsage } from './budget.ts'
import { reduceCall } from './callState.ts'
import { calibrated, type CompactionState, type ContextState, measured, reduceContext } from './context.ts'
import { noteVerdict, type UserNote } from './notes.ts'
import { type FileReview, withReview } from './reviews.ts'
import { type ProcessState, reduceProcesses } from './processState.ts'
import { type RestoreState, restore, undoRestore, withoutRemoved } from './restores.ts'

/** When a call began to wait or to run; the last phase goes on until the next or the call's end. */
export interface CallPhase {
  kind: 'waiting' | 'running'
  at: number
  waitingFor?: WaitingFor
}

export interface CallState {
  id: string
  name: string
  input: unknown
  summary: string
  turnId: string
  stepId: string
  /** Its place among the calls of its step. */
  index?: number
  parentId?: string
  status: CallStatus
  waitingFor?: WaitingFor
  approval?: ApprovalRequest
  question?: UserQuestion
  /** Live output, its oldest part dropped beyond OUTPUT_LIMIT. */
  output: string
  /** Lines dropped from the front of `output`. */
  outputDropped: number
  result?: string
  /** Bytes of arguments that came after the call had begun, and were ignored. */
  extraBytes?: number
  reason?: string
  fact?: string
  exitCode?: number
  changes?: FileChange[]
  /** The tool through which the model asked for it. */
  via?: 'more_tools'
  /** The model gets its result shortened. */
  shortened?: boolean
  proposedAt: number
  startedAt?: number
  endedAt?: number
  /** What the call did since it was proposed, for the score. */
  phases?: CallPhase[]
}

/** A user's message, or one step of the assistant: its text and its calls in call order. */
export type MessageState =
  | {
      id: string
      role: 'user'
      turnId: string
      text: string
      context?: string
      at: number
      /** It steered the turn: when it was written, and with which request of the turn it went, from 1. */
      steered?: { at: number; request: number }
    }
  | {
      id: string
      role: 'assistant'
      turnId: string
      text: string
      model: string
      at: number
      callIds: string[]
      /** Calls whose arguments are still being written. */
      drafts: { index: number; name: string; bytes: number }[]
      streaming: boolean
      /** What the model thought, and when the last of it came. */
      thought?: { text: string; to: number }
      /** What the endpoint wants back with this answer: opaque. */
      reasoning?: unknown
      /** Why the stream broke off, in words. */
      broken?: string
    }

export interface TurnState {
  id: string
  source: TurnSource
  model: string
  status: 'running' | 'stopping' | 'completed' | 'stopped' | 'failed'
  startedAt: number
  endedAt?: number
  error?: TurnError
  notice?: { level: 'info' | 'warning'; code: string; text: string; retryAt?: number; attempt?: number }
  usage: Usage
  /** It waits for the user's word on a limit. */
  budget?: BudgetQuestion
  /** Of the files on which the user has said something. */
  reviews?: FileReview[]
}

export interface QueuedMessage {
  id: string
  text: string
}

export interface SteerMessage extends QueuedMessage {
  turnId: string
  at: number
}

/** A session as plain JSON, made only by `reduce` from the session's events. */
export interface SessionState {
  id: string
  status: 'idle' | 'running'
  turns: TurnState[]
  messages: MessageState[]
  calls: CallState[]
  /** Messages for the end of the turn. */
  queue: QueuedMessage[]
  /** Messages for the next request of the running turn. */
  steers: SteerMessage[]
  /** In order of their starts; an id may come again when the one before has ended. */
  processes: ProcessState[]
  usage: Usage
  /** The model that the user chose for this session, as `ModelSource.acquire` takes it, and in the user's words. */
  chosenModel?: { model: string; label: string }
  /** What the user went back to; none when undefined. */
  restores?: RestoreState[]
  /** How full the model's context is; not known before the first request. */
  context?: ContextState
  /** What stands for the beginning of the conversation, the last one that holds for all before. */
  compactions?: CompactionState[]
  /** A summary is being made. */
  compacting?: { at: number; turnId: string }
  /** Why the last one could not be made, in words. */
  compactionError?: string
  /** What the user did to files, for the model. */
  notes?: UserNote[]
  /** What the user has added to the limits of what the session may take. */
  raised?: Raised
  /** How many of each are in the journal, but not in the conversation any more: their ids are not given again. */
  forgotten?: { turns: number; messages: number; calls: number }
}

const noUsage: Usage = { inputTokens: 0, outputTokens: 0 }

export function emptySession(id: string): SessionState {
  return {
    id,
    status: 'idle',
    turns: [],
    messages: [],
    calls: [],
    queue: [],
    steers: [],
    processes: [],
    usage: noUsage,
  }
}

/** The state after the event. Pure: shares what did not change, never mutates. */
export function reduce(state: SessionState, event: SessionEvent): SessionState {
  switch (event.type) {
    case 'turnStarted':
      return startTurn(state, event)
    case 'stepStarted':
      return startStep(state, event)
    case 'textAdded':
      return withStep(answering(state, event), event.stepId, (step) => ({ ...step, text: step.text + event.text }))
    case 'reasoningAdded':
      return withStep(answering(state, event), event.stepId, (step) => ({
        ...step,
        thought: think(step.thought, event),
      }))
    case 'callDrafted':
      return withStep(answering(state, event), event.stepId, (step) => ({
        ...step,
        drafts: redraft(step.drafts, event),
      }))
    case 'stepEnded':
      return endStep(state, event)
    case 'notice': {
      const { level, code, text, retryAt, attempt } = event
      return withTurn(state, event.turnId, (turn) => ({ ...turn, notice: { level, code, text, retryAt, attempt } }))
    }
    case 'stopRequested':
      return withTurn(state, event.turnId, (turn) =>
        turn.endedAt === undefined ? { ...turn, status: 'stopping' } : turn,
      )
    case 'turnEnded':
      return endTurn(state, event)
    case 'messageQueued':
      return { ...state, queue: [...state.queue, { id: event.messageId, text: event.text }] }
    case 'messageUnqueued':
      return { ...state, queue: without(state.queue, event.messageId), steers: without(state.steers, event.messageId) }
    case 'messageSteered':
      return steer(state, event)
    case 'messageDelivered':
      return deliver(state, event)
    case 'processStarted':
    case 'processOutput':
    case 'processEnded':
      return { ...state, processes: reduceProcesses(state.processes, event) }
    case 'hunksReviewed':
      return withTurn(noteVerdict(state, event), event.turnId, (turn) => ({
        ...turn,
        reviews: withReview(turn.reviews, event),
      }))
    case 'modelChosen': {
      const { model, label } = event
      return { ...state, chosenModel: model === '' ? undefined : { model, label } }
    }
    case 'restored':
      return restore(state, event)
    case 'restoreUndone':
      return undoRestore(state, event)
    case 'compacting':
    case 'compacted':
    case 'shortened':
    case 'compactionEnded':
      return reduceContext(state, event)
    case 'charged':
    case 'budgetReached':
    case 'budgetAnswered':
      return reduceBudget(state, event)
    case 'callProposed':
      return proposeCall(state, event)
    case 'callQueued':
    case 'callApproval':
    case 'callAnswered':
    case 'callAsked':
    case 'callWaiting':
    case 'callRunning':
    case 'callOutput':
    case 'callExtra':
    case 'callEnded':
      return withCall(state, event.callId, (call) => reduceCall(call, event))
  }
}

/** Every event applied in order; what a reload and a test use. */
export function replay(id: string, events: Iterable<SessionEvent>): SessionState {
  let state = emptySession(id)
  for (const event of events) state = reduce(state, event)
  return state
}

const endStates: ReadonlySet<CallStatus> = new Set<EndStatus>([
  'completed',
  'failed',
  'cancelled',
  'deferred',
  'backgrounded',
])

export function hasEnded(call: { status: CallStatus }): boolean {
  return endStates.has(call.status)
}

type Of<T extends SessionEvent['type']> = Extract<SessionEvent, { type: T }>
type Step = Extract<MessageState, { role: 'assistant' }>

function startTurn(state: SessionState, event: Of<'turnStarted'>): SessionState {
  const { turnId: id, source, model, text, context, at, messageId } = event
  return {
    ...withoutRemoved(state),
    status: 'running',
    turns: [...state.turns, { id, source, model, status: 'running', startedAt: at, usage: noUsage }],
    messages: [...state.messages, { id: messageId, role: 'user', turnId: id, text, context, at }],
    queue: without(state.queue, messageId),
    steers: without(state.steers, messageId),
  }
}

function steer(state: SessionState, { messageId: id, text, turnId, at }: Of<'messageSteered'>): SessionState {
  return { ...state, queue: without(state.queue, id), steers: [...state.steers, { id, text, turnId, at }] }
}

function deliver(state: SessionState, { messageId, request, at }: Of<'messageDelivered'>): SessionState {
  const message = state.steers.find(({ id }) => id === messageId)
  if (message === undefined) return state
  const { id, text, turnId } = message
  const delivered: MessageState = { id, role: 'user', turnId, text, at, steered: { at: message.at, request } }
  return { ...state, steers: without(state.steers, id), messages: [...state.messages, delivered] }
}

function without<T extends { id: string }>(list: T[], id: string): T[] {
  return list.filter((item) => item.id !== id)
}

function startStep(state: SessionState, event: Of<'stepStarted'>): SessionState {
  const { stepId: id, turnId, at, model } = event
  const step: Step = { id, role: 'assistant', turnId, text: '', model, at, callIds: [], drafts: [], streaming: true }
  const messages = [...state.messages, step]
  const started = withTurn({ ...state, messages }, turnId, (turn) => ({ ...turn, notice: undefined }))
  return measured(started, event.context)
}

/** An answer that comes is no longer waited for. */
function answering(state: SessionState, { turnId }: SessionEvent): SessionState {
  const turn = state.turns.findLast(({ id }) => id === turnId)
  if (turn?.notice?.retryAt === undefined) return state
  return withTurn(state, turnId, (was) => ({ ...was, notice: undefined }))
}

function endStep(state: SessionState, event: Of<'stepEnded'>): SessionState {
  const { stepId, turnId, usage, broken, reasoning } = event
  const ended = withStep(state, stepId, (step) => ({ ...step, streaming: false, drafts: [], broken, reasoning }))
  if (usage === undefined) return ended
  return calibrated(withUsage(ended, turnId, usage), usage)
}

function endTurn(state: SessionState, event: Of<'turnEnded'>): SessionState {
  const { turnId, status, error, at } = event
  const ended = { status, error, endedAt: at, notice: undefined, budget: undefined }
  const turn = withTurn(state, turnId, (was) => ({ ...was, ...ended }))
  return { ...turn, status: 'idle', compacting: undefined }
}

function proposeCall(state: SessionState, event: Of<'callProposed'>): SessionState {
  const { callId: id, name, input, summary, index, turnId, stepId, parentId, via, at } = event
  const call: CallState = {
    id,
    name,
    input,
    summary,
    turnId,
    stepId,
    index,
    parentId,
    ...(via !== undefined && { via }),
    status: 'proposed',
    output: '',
    outputDropped: 0,
    proposedAt: at,
  }
  const next = { ...state, calls: [...state.calls, call] }
  if (parentId !== undefined) return next
  return withStep(next, stepId, (step) => ({
    ...step,
    callIds: inOrder(step.callIds, id, next.calls),
    drafts: step.drafts.filter((draft) => draft.index !== index),
  }))
}

/** Calls are known as they become whole, and stand as the model wrote them. */
function inOrder(ids: string[], id: string, calls: CallState[]): string[] {
  const place = (of: string): number => calls.findLast((call) => call.id === of)?.index ?? 0
  const at = ids.findLastIndex((before) => place(before) <= place(id)) + 1
  return ids.toSpliced(at, 0, id)
}

function think(before: Step['thought'], { text, at }: Of<'reasoningAdded'>): Step['thought'] {
  return { text: (before?.text ?? '') + text, to: at }
}

function redraft(drafts: Step['drafts'], { index, name, bytes }: Of<'callDrafted'>): Step['drafts'] {
  return [...drafts.filter((draft) => draft.index !== index), { index, name, bytes }]
}

function withCall(state: SessionState, id: string, change: (call: CallState) => CallState): SessionState {
  return { ...state, calls: replaceLast(state.calls, (call) => call.id === id, change) }
}

function withTurn(state: SessionState, id: string, change: (turn: TurnState) => TurnState): SessionState {
  return { ...state, turns: replaceLast(state.turns, (turn) => turn.id === id, change) }
}

function withStep(state: SessionState, id: string, change: (step: Step) => Step): SessionState {
  const messages = replaceLast(
    state.messages,
    (message) => message.id === id,
    (message) => (message.role === 'assistant' ? change(message) : message),
  )
  return { ...state, messages }
}

function replaceLast<T>(list: T[], matches: (item: T) => boolean, change: (item: T) => T): T[] {
  const at = list.findLastIndex(matches)
  const found = list[at]
  return found === undefined ? list : list.with(at, change(found))
}
