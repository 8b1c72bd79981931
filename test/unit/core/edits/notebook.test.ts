import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import {
  type Cell,
  cellChanges,
  notebookText,
  parseNotebook,
  sourcesOfIpynb,
  toIpynb,
} from '../../../../src/core/edits/notebook.ts'
import { runs } from '../../../support/settled.ts'

const line = fc.constantFrom('', 'a', 'b', '# %%', '# %% [code]', '    x', '# %% [raw y]')
const source = fc.array(line, { maxLength: 4 }).map((lines) => lines.join('\n'))
const cell: fc.Arbitrary<Cell> = fc.oneof(
  fc.record({ kind: fc.constant('code' as const), language: fc.constantFrom('python', 'r', 'raw'), source }),
  fc.record({ kind: fc.constant('markdown' as const), language: fc.constant('markdown'), source }),
)
const cells = fc.array(cell, { maxLength: 8 })

describe('the text of a notebook', () => {
  it('says all of its cells', () => {
    fc.assert(
      fc.property(cells, (before) => {
        const text = notebookText(before, 'n.ipynb')
        expect(typeof text === 'string' && parseNotebook(text, 'n.ipynb')).toEqual(before)
      }),
      { seed: 1, numRuns: runs(500) },
    )
  })
  it('is refused where it is no text of cells', () => {
    for (const text of ['x', '\n# %% [markdown]\nx', '# %% [code python]', '{"cells": []}', '# %% [code]\nx']) {
      expect(parseNotebook(text, 'n.ipynb'), text).toMatchObject({ kind: 'failed', code: 'not_a_notebook' })
    }
  })
  it('cannot be made of a cell that has a head line in it', () => {
    const odd: Cell = { kind: 'code', language: 'python', source: 'a\n# %% [markdown]' }
    expect(notebookText([odd], 'n.ipynb')).toMatchObject({ code: 'unmappable' })
  })
})

describe('changes of cells', () => {
  it('make one notebook of the other, and touch no cell twice', () => {
    fc.assert(
      fc.property(cells, cells, (before, after) => {
        const made = [...before]
        let end = 0
        for (const change of cellChanges(before, after)) {
          expect(change.start).toBeGreaterThanOrEqual(end)
          end = change.end
        }
        for (const { start, end: to, cells: wanted } of cellChanges(before, after).toReversed()) {
          made.splice(start, to - start, ...wanted)
        }
        expect(made).toEqual(after)
      }),
      { seed: 2, numRuns: runs(500) },
    )
  })
  it('leave alone what is the same on either side', () => {
    const of = (text: string): Cell => ({ kind: 'code', language: 'python', source: text })
    expect(cellChanges(['a', 'b', 'c'].map(of), ['a', 'B', 'c'].map(of))).toEqual([
      { start: 1, end: 2, cells: [of('B')] },
    ])
  })
})

it("Jupyter's file of cells has their sources", () => {
  fc.assert(
    fc.property(cells, (all) => {
      expect(sourcesOfIpynb(toIpynb(all))).toEqual(all.map(({ source: text }) => text))
    }),
    { seed: 3, numRuns: runs(200) },
  )
  expect(sourcesOfIpynb('no JSON')).toBeUndefined()
  expect(sourcesOfIpynb('[]')).toBeUndefined()
})
