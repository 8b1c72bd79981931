import * as z from 'zod'
import { answer, type Answer } from '../models/answer.ts'
import type { ModelMessage } from '../models/model.ts'
import type { ModelLease } from '../models/source.ts'
import type { Failure } from '../ports.ts'
import { CancellationSource, type CancellationToken } from '../scheduling/cancellation.ts'
import type { AuxiliaryPorts } from './auxiliaryPorts.ts'
import { count } from './clip.ts'
import { type CallProgress, failed, type Tool, type ToolResult } from './tool.ts'

const PANEL_MS = 120_000

const input = z.strictObject({
  question: z.string().min(1).max(20_000).describe('With all that is needed to answer it: nothing else is seen.'),
})
export type MixtureInput = z.infer<typeof input>
type Ports = Pick<AuxiliaryPorts, 'models' | 'session' | 'spending' | 'clock'>

/** One of the panel: which model, and how it is to go about it. */
interface Member {
  name: string
  manner: string | undefined
  acquire: (token: CancellationToken) => Promise<ModelLease>
}

interface Opinion {
  name: string
  said: Answer | Failure
}

/** Where no panel is configured, the session's model is asked in these manners. */
const MANNERS = [
  ['first principles', 'Work it out from first principles, step by step, before you conclude.'],
  ['what could be wrong', 'Look for what the obvious answer gets wrong, then give the answer that stands.'],
  ['the simplest that works', 'Give the simplest answer that works in practice, concretely, and say when it does not.'],
] as const

/** Asks several models at once and has one answer made of theirs. */
export function mixtureOfAgents(ports: Ports): Tool<MixtureInput> {
  return {
    name: 'mixture_of_agents',
    description:
      'Asks several models the same hard question at once and makes one answer of theirs. Costs several requests. Without a configured panel, your own model is asked in three manners.',
    input,
    onSteer: 'return',
    deadlineMs: 240_000,
    summary: ({ question }) => question,
    async plan({ question }) {
      return {
        claims: [],
        action: { kind: 'auxiliary', service: 'panel', what: question, targets: [] },
        async run(progress, token) {
          const members = await panel(ports, token)
          const opinions = await ask(members, question, ports, progress, token)
          return token.isCancellationRequested
            ? { kind: 'cancelled', partial: asTheyAre(opinions), fact: factOf(opinions) }
            : synthesis(question, opinions, ports, progress, token)
        },
      }
    },
  }
}

async function panel({ models, session }: Ports, token: CancellationToken): Promise<Member[]> {
  const ids = await models.panel(token)
  if (ids.length > 0) {
    return ids.map((id) => ({ name: id, manner: undefined, acquire: (waits) => session.acquire(id, waits) }))
  }
  return MANNERS.map(([name, manner]) => ({ name, manner, acquire: (waits) => session.model(waits) }))
}

/** All at once, each with its own end; who has not answered in time is left with what it said. */
async function ask(
  members: readonly Member[],
  question: string,
  { spending, clock }: Ports,
  progress: CallProgress,
  token: CancellationToken,
): Promise<Opinion[]> {
  const source = new CancellationSource()
  const link = token.onCancellationRequested(() => source.cancel(token.reason ?? 'stop'))
  const late = clock.after(PANEL_MS, () => source.cancel('timeout'))
  let arrived = 0
  try {
    return await Promise.all(
      members.map(async ({ name, manner, acquire }) => {
        const parts = { spending, turnId: progress.owner.turnId }
        const messages: ModelMessage[] = [{ role: 'user', text: question }]
        if (manner !== undefined) messages.unshift({ role: 'system', text: manner })
        const said = await answer(acquire, messages, parts, source.token)
        progress.output(
          `${name}: ${said.kind === 'answer' ? said.end : said.code} (${++arrived} of ${members.length})\n`,
        )
        return { name, said }
      }),
    )
  } finally {
    link.dispose()
    late.dispose()
  }
}

async function synthesis(
  question: string,
  opinions: readonly Opinion[],
  { session, spending }: Ports,
  progress: CallProgress,
  token: CancellationToken,
): Promise<ToolResult> {
  const spoken = opinions.filter(hasSpoken)
  const [only] = spoken
  if (only === undefined) return failed('no_answers', `None of the panel has answered.\n${asTheyAre(opinions)}`)
  const system =
    'Make one answer of those below: keep what is right, settle what they disagree on with reasons, say what stays open. Do not mention that there were several.'
  const text = `Question: ${question}\n\n${spoken.map(shown).join('\n\n')}`
  const parts = { spending, turnId: progress.owner.turnId, onText: (piece: string) => progress.output(piece) }
  const acquire = (waits: CancellationToken) => session.model(waits)
  const messages: ModelMessage[] = [
    { role: 'system', text: system },
    { role: 'user', text },
  ]
  const said = await answer(acquire, messages, parts, token)
  const fact = factOf(opinions)
  if (said.kind === 'answer' && said.end === 'whole') {
    return { kind: 'completed', text: [said.text, ...missing(opinions)].join('\n\n'), fact }
  }
  const why = said.kind === 'failed' ? said.message : `It broke off:\n${said.text}`
  const all = `These are the answers as they came; one answer was not made of them. ${why}\n\n${asTheyAre(opinions)}`
  return token.isCancellationRequested
    ? { kind: 'cancelled', partial: all, fact }
    : { kind: 'completed', text: all, fact }
}

function hasSpoken({ said }: Opinion): boolean {
  return said.kind === 'answer' && said.text.trim() !== ''
}

function shown({ name, said }: Opinion): string {
  if (said.kind === 'failed') return `## ${name}\n(${said.code}: ${said.message})`
  return `## ${name}\n${said.text || '(nothing so far)'}${said.end === 'whole' ? '' : ' …'}`
}

function asTheyAre(opinions: readonly Opinion[]): string {
  return opinions.map(shown).join('\n\n')
}

function missing(opinions: readonly Opinion[]): string[] {
  const silent = opinions.filter((opinion) => !hasSpoken(opinion)).map(({ name }) => name)
  return silent.length === 0 ? [] : [`(Without an answer of: ${silent.join(', ')})`]
}

function factOf(opinions: readonly Opinion[]): string {
  return `${opinions.filter(hasSpoken).length} of ${count(opinions.length, 'answer')}`
}
