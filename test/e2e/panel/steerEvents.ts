import type { SessionEvent } from '../../../src/protocol/events.ts'
import { started } from './backgroundEvents.ts'
import { change, START, step, stepEnd, turn, type Asked } from './events.ts'

/** A turn that was steered: of its calls some finished, one returned early, one goes on, two did not run. */
export function steerEvents(): SessionEvent[] {
  const before: Asked[] = [
    { id: 'c1', name: 'read_file', summary: 'src/price.ts', at: [0, 60, 300], end: { fact: '96 lines' } },
    {
      id: 'c2',
      name: 'write_file',
      summary: 'src/format/price.ts',
      at: [240, 280, 1400],
      end: { fact: 'new, 41 lines' },
    },
    {
      id: 'c3',
      name: 'edit_file',
      summary: 'src/cart.ts',
      at: [520, 560, 2000],
      end: { changes: [change('src/cart.ts', 6, 9)] },
    },
    {
      id: 'c4',
      name: 'search_files',
      summary: 'formatPrice in docs',
      at: [700, 740, 9300],
      status: 'cancelled',
      end: { reason: 'steer', result: 'Cancelled (steer): docs/price.md:4: formatPrice' },
    },
    {
      id: 'c5',
      name: 'terminal',
      summary: 'npm run typecheck',
      at: [900, 2000, 9300],
      input: { command: 'npm run typecheck' },
      output: 'src/receipt.ts(12,5): checking …\n',
      status: 'backgrounded',
      end: { reason: 'steer', fact: 'typecheck' },
    },
    { id: 'c6', name: 'edit_file', summary: 'src/receipt.ts', at: [1300, undefined, 9300], status: 'deferred' },
    { id: 'c7', name: 'edit_file', summary: 'src/invoice.ts', at: [1700, undefined, 9300], status: 'deferred' },
  ]
  const after: Asked[] = [
    {
      id: 'c8',
      name: 'edit_file',
      summary: 'src/price.ts',
      at: [0, 30, 1100],
      end: { changes: [change('src/price.ts', 4, 31)] },
    },
    { id: 'c9', name: 'edit_file', summary: 'src/receipt.ts', at: [400, 430] },
    { id: 'c10', name: 'edit_file', summary: 'src/invoice.ts', at: [800, 830] },
  ]
  const of = { at: START + 9300, turnId: 't1', messageId: 'm2' }
  const queued = (messageId: string, text: string): SessionEvent => ({ type: 'messageQueued', ...of, messageId, text })
  return [
    turn('t1', 'Move the price formatting into one module and update every call site.'),
    ...step('t1', 's1', 'Moving the formatter and its call sites together; the type check runs alongside.', 0, before),
    { type: 'messageSteered', ...of, text: 'Keep the old formatPrice export as a deprecated alias.' },
    stepEnd('t1', 's1', 9300, 0.03),
    started('typecheck', 'npm run typecheck', 9300, { startedBy: 'c5', input: false }),
    { type: 'messageDelivered', ...of, request: 2 },
    queued('q1', 'Then update the changelog'),
    queued('q2', 'Run the visual tests on Firefox too, and tell me which snapshots changed'),
    ...step(
      't1',
      's2',
      'Understood: `formatPrice` stays in `src/price.ts` as an alias. The type check goes on in the background.',
      10_500,
      after,
    ),
  ]
}
