import type { SessionEvent } from '../../../src/protocol/events.ts'
import { change, START, step, stepEnd, turn } from './events.ts'

/** A turn, and a going back of its files that could not be whole; then a short turn. */
export function restoreEvents(): SessionEvent[] {
  const changes = [change('src/bundle.ts', 12, 3), change('README.md', 4, 0), change('src/price.ts', 2, 2)]
  const edits = changes.map((edit, index) => ({
    id: `c${index}`,
    name: 'edit_file',
    summary: edit.path,
    at: [0, 40, 400] as [number, number, number],
    end: { changes: [edit] },
  }))
  return [
    turn('t1', 'A bundle’s price is wrong when one item in it is free. Find out why and fix it.'),
    ...step('t1', 's1', 'The split divides by the paid items only.', 0, edits),
    stepEnd('t1', 's1', 9000, 0.03, [12_300, 900]),
    { type: 'turnEnded', at: START + 9100, turnId: 't1', status: 'completed' },
    {
      type: 'restored',
      at: START + 20_000,
      turnId: 't1',
      scope: 'files',
      files: {
        id: 'restore-1',
        restored: ['src/price.ts'],
        merged: ['src/bundle.ts'],
        left: [{ path: 'README.md', why: 'the same lines were changed since' }],
        gaps: ['Only 20000 files of the workspace were looked at before the first command.'],
      },
    },
  ]
}
