import { describe, expect, it } from 'vitest'
import type { FileChange } from '../../../../src/protocol/events.ts'
import { changedFiles } from '../../../../src/ui/transcript/changedFiles.ts'
import { aCall } from '../samples.ts'

function change(path: string, kind: FileChange['kind'], added = 1, removed = 0, saved = true): FileChange {
  return { path, uri: `file:///${path}`, kind, added, removed, diff: [], omitted: 0, saved }
}
const call = (endedAt: number, ...changes: FileChange[]) => aCall({ id: `c${endedAt}`, endedAt, changes })

describe('the files that a turn changed', () => {
  it('are merged by path: counts added up, the last word on saving', () => {
    const files = changedFiles([
      call(2, change('a.ts', 'modified', 2, 1, false)),
      call(1, change('a.ts', 'modified', 3, 3)),
    ])
    expect(files).toMatchObject([{ path: 'a.ts', kind: 'modified', added: 5, removed: 4, saved: false }])
  })

  it('stay added when they are edited after, and vanish when they are deleted again', () => {
    expect(changedFiles([call(1, change('n.ts', 'added')), call(2, change('n.ts', 'modified'))])[0]?.kind).toBe('added')
    expect(changedFiles([call(1, change('n.ts', 'added')), call(2, change('n.ts', 'deleted'))])).toEqual([])
    expect(changedFiles([call(1, change('o.ts', 'deleted')), call(2, change('o.ts', 'added'))])[0]?.kind).toBe(
      'modified',
    )
  })

  it('are without pictures and sounds, which nobody reviews line by line', () => {
    const made = { ...call(1, change('a.png', 'added')), name: 'image_generate' }
    expect(changedFiles([made, call(2, change('b.ts', 'added'))]).map(({ path }) => path)).toEqual(['b.ts'])
  })

  it('stand in call order', () => {
    const files = changedFiles([call(9, change('first.ts', 'modified')), call(1, change('second.ts', 'modified'))])
    expect(files.map(({ path }) => path)).toEqual(['first.ts', 'second.ts'])
  })
})
