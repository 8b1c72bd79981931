import type { BudgetQuestion, SessionEvent } from '../../../src/protocol/events.ts'
import type { Environment } from '../../../src/protocol/messages.ts'
import { change, START, step, stepEnd, turn } from './events.ts'
import type { Scene } from './scenes.ts'

const SUMMARY = [
  'The task: **make `receipt.js` round once, at the end**. No new dependencies; the tests stay as they are.',
  '',
  '- Decided: amounts are kept in cents, formatted last.',
  '- Done: `src/price.js`. Left: `src/receipt.js`, then `npm test`.',
  '',
  'Files changed in this session:\n- src/price.js',
  'Running in the background:\n- node: node serve.js',
].join('\n')

function compactedEvents(): SessionEvent[] {
  const context = { bytes: 330_000, tokens: 97_000, limit: 128_000 }
  const edit = change('src/price.js', 9, 4)
  return [
    turn('t1', 'Make the receipt round once, at the end.'),
    ...step('t1', 's1', 'I keep amounts in cents and format them last.', 0, [
      { id: 'c1', name: 'edit_file', summary: edit.path, at: [0, 40, 400], end: { changes: [edit] } },
    ]),
    stepEnd('t1', 's1', 9000, 0.31, [96_300, 900]),
    { type: 'compacting', at: START + 9050, turnId: 't1' },
    {
      type: 'charged',
      at: START + 9900,
      turnId: 't1',
      usage: { inputTokens: 97_400, outputTokens: 700, costUsd: 0.3 },
    },
    { type: 'compacted', at: START + 10_000, turnId: 't1', summary: SUMMARY, upTo: 's1', messages: 42 },
    { type: 'stepStarted', at: START + 10_050, turnId: 't1', stepId: 's2', model: 'gpt-5.1', context },
    { type: 'textAdded', at: START + 10_100, turnId: 't1', stepId: 's2', text: 'Next is `receipt.js`.' },
    stepEnd('t1', 's2', 12_000, 0.03, [95_000, 300]),
    { type: 'turnEnded', at: START + 12_050, turnId: 't1', status: 'completed' },
  ]
}

function budgetEvents(question: BudgetQuestion): SessionEvent[] {
  const context = { bytes: 90_000, tokens: 26_000, limit: 128_000, assumed: true }
  return [
    turn('t1', 'Make the receipt round once, at the end.'),
    { type: 'stepStarted', at: START + 50, turnId: 't1', stepId: 's1', model: 'gpt-5.1', context },
    ...step('t1', 's1', 'I look at the receipt first.', 0, [
      { id: 'c1', name: 'read_file', summary: 'src/receipt.js', at: [0, 40, 400], end: { fact: '148 lines' } },
    ]).slice(1),
    stepEnd('t1', 's1', 9000, 1.97, [25_800, 900]),
    { type: 'budgetReached', at: START + 9050, turnId: 't1', question },
  ]
}

/** A conversation of which a part was summarised; the context is nearly full again. */
export function compacted(environment: Environment): Scene {
  return { events: compactedEvents(), environment, now: 12_100 }
}

/** A turn that has come to a limit. */
export function budget(environment: Environment): Scene {
  const question = { kind: 'usd' as const, limit: 2, spent: 1.97, estimate: 0.09, more: 2 }
  return { events: budgetEvents(question), environment, now: 14_000 }
}
