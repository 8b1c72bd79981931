import { describe, expect, it } from 'vitest'
import { keyOf, readings, valueAt, withValue } from '../../../../src/core/config/keys.ts'

describe('a dotted key', () => {
  it.each([
    ['a', [['a']]],
    ['a.b', [['a', 'b'], ['a.b']]],
    ['gpt-6.1.x', [['gpt-6', '1', 'x'], ['gpt-6.1', 'x'], ['gpt-6', '1.x'], ['gpt-6.1.x']]],
    ['"gpt-6.1".x', [['gpt-6.1', 'x']]],
    ['a."b.c"', [['a', 'b.c']]],
    [String.raw`"with \"quotes\""`, [['with "quotes"']]],
  ])('%s may mean so much, the plain first', (key, meant) => {
    expect(readings(key)).toEqual(meant)
  })

  it.each(['', '.', 'a.', '.a', 'a..b', '"a', '"a"b', 'a"b"', '"a".'])('%j is none', (key) => {
    expect(readings(key)).toEqual([])
  })

  it('with very many parts is taken as it stands', () => {
    expect(readings('a.b.c.d.e.f.g.h.i.j')).toHaveLength(1)
  })

  it('is written so that it means one path', () => {
    expect(keyOf(['gpt-6.1', 'x'])).toBe('"gpt-6.1".x')
    expect(readings(keyOf(['a"b', '\\', 'c.d']))).toEqual([['a"b', '\\', 'c.d']])
  })
})

describe('a value behind a path', () => {
  const value = { a: { b: [1, { c: 2 }] }, d: 3 }

  it('is found, and nothing else is', () => {
    expect(valueAt(value, ['a', 'b', '1', 'c'])).toBe(2)
    for (const path of [['x'], ['d', 'x'], ['constructor'], ['a', 'b', 'length', 'x'], ['a', 'b', '2']])
      expect(valueAt(value, path)).toBeUndefined()
  })

  it('is set, made and removed, and the rest stays in its order', () => {
    expect(withValue(value, ['a', 'b', '1', 'c'], 5)).toEqual({ a: { b: [1, { c: 5 }] }, d: 3 })
    expect(withValue(value, ['a', 'b', '2'], 5)).toEqual({ a: { b: [1, { c: 2 }, 5] }, d: 3 })
    expect(withValue(value, ['a', 'b', '0'], undefined)).toEqual({ a: { b: [{ c: 2 }] }, d: 3 })
    expect(withValue(value, ['x', 'y'], 1)).toEqual({ ...value, x: { y: 1 } })
    expect(withValue(value, ['a'], undefined)).toEqual({ d: 3 })
    expect(Object.keys(withValue(value, ['a'], 1) as object)).toEqual(['a', 'd'])
  })

  it('is refused where there is no room for it', () => {
    expect(withValue(value, ['d', 'x'], 1)).toMatchObject({ code: 'invalid_value' })
    expect(withValue(value, ['a', 'b', '7'], 1)).toMatchObject({ code: 'invalid_value' })
    expect(withValue(value, ['a', 'b', '-1'], 1)).toMatchObject({ code: 'invalid_value' })
  })
})
