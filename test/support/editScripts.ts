import * as fc from 'fast-check'
import type { TextEdit } from '../../src/core/ports.ts'

/** What happens to one file and its buffer, in an order that a scheduler chooses. */
export type Action =
  | { kind: 'edit'; where: number; cancelled: boolean }
  | { kind: 'type'; where: number }
  /** The user undoes the last change, whoever made it. */
  | { kind: 'undo' }
  /** The user goes back to what the disk has. */
  | { kind: 'revert' }
  | { kind: 'save' }
  /** Another program adds a line to the file. */
  | { kind: 'disk' }
  /** Another program writes the file as it is. */
  | { kind: 'touch' }
  /** Another program deletes the file. */
  | { kind: 'delete' }
  /** The window closes the buffer, if it is clean. */
  | { kind: 'close' }
  /** From now on a formatter runs at each save, or none. */
  | { kind: 'format'; on: boolean }

const where = fc.nat({ max: 50 })
const one = <K extends Action['kind']>(kind: K) => fc.record({ kind: fc.constant(kind) })

export const scripts: fc.Arbitrary<Action[]> = fc.array(
  fc.oneof(
    { weight: 12, arbitrary: fc.record({ kind: fc.constant('edit' as const), where, cancelled: fc.boolean() }) },
    { weight: 5, arbitrary: fc.record({ kind: fc.constant('type' as const), where }) },
    { weight: 2, arbitrary: one('undo') },
    { weight: 1, arbitrary: one('revert') },
    { weight: 3, arbitrary: one('save') },
    { weight: 3, arbitrary: one('disk') },
    { weight: 1, arbitrary: one('touch') },
    { weight: 1, arbitrary: one('delete') },
    { weight: 2, arbitrary: one('close') },
    { weight: 2, arbitrary: fc.record({ kind: fc.constant('format' as const), on: fc.boolean() }) },
  ),
  { minLength: 1, maxLength: 14 },
)

/** A line of its own, before one of the lines that are there or at the end. It has a formatter's work to do. */
export function addLine(text: string, at: number, line: string): TextEdit {
  const starts = [0, ...[...text.matchAll(/\n/g)].map(({ index }) => index + 1)]
  const start = starts[at % starts.length] ?? 0
  return { start, end: start, text: `${line}  \n` }
}

/** A formatter that takes out the spaces at the ends of lines. */
export function format(text: string): string {
  return text.replaceAll(/ +(?=\n|$)/g, '')
}

/** How often a line is in a text, formatted or not. */
export function timesIn(text: string, line: string): number {
  return text.split('\n').filter((each) => each.trimEnd() === line).length
}
