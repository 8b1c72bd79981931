import * as z from 'zod'
import type { SessionEvent } from '../../protocol/events.ts'

const text = z.string()
const number = z.number()

const usage = z.looseObject({
  inputTokens: number,
  outputTokens: number,
  cachedInputTokens: number.optional(),
  costUsd: number.optional(),
})
const error = z.looseObject({ code: text, message: text })
const waitingFor = z.discriminatedUnion('kind', [
  z.looseObject({ kind: z.literal('hazard'), callId: text, name: text, summary: text }),
  z.looseObject({ kind: z.literal('lock'), resource: text, place: number }),
  z.looseObject({ kind: z.literal('kernel') }),
  z.looseObject({ kind: z.literal('process'), ids: z.array(text) }),
])
const change = z.looseObject({
  path: text,
  uri: text,
  kind: z.enum(['modified', 'added', 'deleted', 'moved']),
  from: z.looseObject({ path: text, uri: text }).optional(),
  added: number,
  removed: number,
  diff: z.array(z.looseObject({ kind: z.enum(['context', 'added', 'removed']), line: number, text })),
  omitted: number,
  saved: z.boolean(),
})
const request = z.looseObject({
  fingerprint: text,
  action: text,
  reason: text,
  previews: z.array(change).optional(),
  canRemember: z.boolean(),
})
const restored = z.looseObject({
  id: text,
  restored: z.array(text),
  merged: z.array(text),
  left: z.array(z.looseObject({ path: text, why: text })),
  gaps: z.array(text),
})
const context = z.looseObject({ bytes: number, tokens: number, limit: number, assumed: z.boolean().optional() })
const budget = z.discriminatedUnion('kind', [
  z.looseObject({ kind: z.enum(['usd', 'tokens']), limit: number, spent: number, estimate: number, more: number }),
  z.looseObject({ kind: z.literal('price'), limit: number, model: text }),
])
const question = z.looseObject({ question: text, options: z.array(text) })

/** What `reduce` and the panel rely on, by type. */
const fields: Record<SessionEvent['type'], z.ZodRawShape> = {
  turnStarted: {
    messageId: text,
    text,
    context: text.optional(),
    source: z.enum(['panel', 'command', 'codeAction', 'api']),
    model: text,
  },
  stepStarted: { stepId: text, model: text, context: context.optional() },
  textAdded: { stepId: text, text },
  reasoningAdded: { stepId: text, text },
  callDrafted: { stepId: text, index: number, name: text, bytes: number },
  stepEnded: { stepId: text, usage: usage.optional(), broken: text.optional() },
  notice: { level: z.enum(['info', 'warning']), code: text, text },
  turnEnded: { status: z.enum(['completed', 'stopped', 'failed']), error: error.optional() },
  stopRequested: {},
  messageQueued: { messageId: text, text },
  messageUnqueued: { messageId: text },
  messageSteered: { messageId: text, text },
  messageDelivered: { messageId: text, request: number },
  processStarted: {
    processId: text,
    startedBy: text,
    title: text,
    kind: z.enum(['command', 'script']),
    input: z.boolean(),
    detached: z.boolean(),
  },
  processOutput: { processId: text, tail: text },
  processEnded: { processId: text, how: text },
  hunksReviewed: {
    path: text,
    hunks: z.array(text),
    verdict: z.enum(['accepted', 'rejected', 'open']),
    of: number,
    conflict: text.optional(),
  },
  modelChosen: { model: text, label: text },
  restored: { scope: z.enum(['files', 'conversation', 'both']), files: restored.optional() },
  restoreUndone: { id: text, files: restored.optional() },
  compacting: {},
  compacted: { summary: text, upTo: text, messages: number, context: context.optional() },
  shortened: { callIds: z.array(text), context: context.optional() },
  compactionEnded: { error: text.optional() },
  charged: { usage },
  budgetReached: { question: budget },
  budgetAnswered: {
    answer: z.enum(['raise', 'stop']),
    raised: z.looseObject({ usd: number, tokens: number }).optional(),
  },
  callProposed: {
    callId: text,
    stepId: text,
    name: text,
    summary: text,
    index: z.number().optional(),
    parentId: text.optional(),
  },
  callQueued: { callId: text },
  callApproval: { callId: text, request },
  callAnswered: { callId: text, answer: z.enum(['once', 'session', 'workspace', 'deny']) },
  callAsked: { callId: text, question },
  callWaiting: { callId: text, waitingFor },
  callRunning: { callId: text },
  callOutput: { callId: text, text },
  callExtra: { callId: text, bytes: number },
  callEnded: {
    callId: text,
    status: z.enum(['completed', 'failed', 'cancelled', 'deferred', 'backgrounded']),
    result: text,
    reason: text.optional(),
    fact: text.optional(),
    exitCode: number.optional(),
    changes: z.array(change).optional(),
  },
}

const schemas = new Map<string, z.ZodType>(
  Object.entries(fields).map(([type, shape]) => [type, z.looseObject({ ...shape, at: number, turnId: text })]),
)
const typed = z.looseObject({ type: text })

/** Whether a line of a journal holds an event that this version understands: it may be another version's, or torn. */
export function isStoredEvent(value: unknown): value is SessionEvent {
  const { data } = typed.safeParse(value)
  return data !== undefined && schemas.get(data.type)?.safeParse(value).success === true
}
