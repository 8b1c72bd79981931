import * as z from 'zod'
import type { FromPanel } from '../protocol/messages.ts'

const id = z.string().max(200)
const text = z.string().max(1_000_000)
const path = z.string().min(1).max(4096)

const schema: z.ZodType<FromPanel> = z.discriminatedUnion('type', [
  z.object({ type: z.literal('ready') }),
  z.object({ type: z.literal('send'), text }),
  z.object({ type: z.literal('queue'), text }),
  z.object({ type: z.literal('steer'), text, messageId: id.optional() }),
  z.object({ type: z.literal('unqueue'), messageId: id }),
  z.object({ type: z.literal('stop') }),
  z.object({ type: z.literal('stopCall'), callId: id }),
  z.object({
    type: z.literal('approve'),
    callId: id,
    fingerprint: z.string().max(10_000),
    answer: z.enum(['once', 'session', 'workspace', 'deny']),
  }),
  z.object({ type: z.literal('revoke'), fingerprint: z.string().max(10_000) }),
  z.object({ type: z.literal('reply'), callId: id, text }),
  z.object({
    type: z.literal('action'),
    action: z.enum([
      'setApiKey',
      'selectModel',
      'useDemo',
      'useLocal',
      'manageTrust',
      'openFolder',
      'showLog',
      'chooseApprovals',
      'tryAgain',
      'tryNow',
      'newSession',
      'summarise',
      'summariseAndTryAgain',
      'raiseLimit',
      'stopHere',
    ]),
  }),
  z.object({ type: z.literal('openFile'), path, line: z.int().positive().optional() }),
  z.object({ type: z.literal('showDiff'), callId: id, path }),
  z.object({ type: z.literal('showTurnDiff'), turnId: id, path }),
  z.object({ type: z.literal('showOutput'), callId: id }),
  z.object({ type: z.enum(['showProcess', 'openTerminal', 'stopProcess']), processId: id }),
  z.object({
    type: z.literal('review'),
    turnId: id,
    path: path.optional(),
    verdict: z.enum(['accepted', 'rejected']),
  }),
  z.object({ type: z.literal('reviewChanges'), turnId: id }),
  z.object({ type: z.literal('restoreCheckpoint'), turnId: id, scope: z.enum(['files', 'conversation', 'both']) }),
  z.object({ type: z.literal('undoRestore'), restoreId: id }),
  z.object({ type: z.literal('showMedia'), callId: id }),
  z.object({ type: z.literal('openLink'), href: z.string().max(10_000) }),
])

/** The message, or undefined for what is none: the webview is not trusted. */
export function parseFromPanel(message: unknown): FromPanel | undefined {
  return schema.safeParse(message).data
}
