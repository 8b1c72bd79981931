import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { ConfigValue } from '../../../../src/core/config/config.ts'
import { rewritten } from '../../../../src/core/config/jsoncEdits.ts'
import { parseText } from '../../../../src/core/config/jsoncText.ts'
import { propertyMs, runs } from '../../../support/settled.ts'

function valueOf(text: string): ConfigValue {
  const parsed = parseText(text)
  if (parsed.kind === 'broken') throw new Error(`${parsed.line}:${parsed.column}: ${parsed.what}\n${text}`)
  return parsed.value
}

function edited(text: string, change: (value: Record<string, unknown>) => void): string {
  const value = structuredClone(valueOf(text)) as Record<string, unknown>
  change(value)
  return rewritten(text, valueOf(text), value)
}

describe('a change of a JSONC text', () => {
  it('makes a file of nothing', () => {
    expect(edited('', (value) => (value['a'] = { b: 1 }))).toBe('{\n  "a": {\n    "b": 1\n  }\n}\n')
  })

  it('comes after the comments of a file that holds nothing else', () => {
    expect(edited('// mine\n', (value) => (value['a'] = 1))).toBe('// mine\n{\n  "a": 1\n}\n')
  })

  it('puts a key behind the last one and its comment, in the form of the file', () => {
    const text = '{\r\n\t"a": 1 // of a\r\n\t// the end\r\n}\r\n'
    expect(edited(text, (value) => (value['b'] = [2]))).toBe(
      '{\r\n\t"a": 1, // of a\r\n\t"b": [\r\n\t\t2\r\n\t]\r\n\t// the end\r\n}\r\n',
    )
  })

  it('keeps a trailing comma, and a line that holds all', () => {
    expect(edited('{\n  "a": 1,\n}', (value) => (value['b'] = 2))).toBe('{\n  "a": 1,\n  "b": 2,\n}')
    expect(edited('{"a": [1, /* two */ 2]}', (value) => (value['a'] = [1, 2, 3]))).toBe('{"a": [1, /* two */ 2, 3]}')
  })

  it('replaces a value and nothing around it', () => {
    const text = '{ "a" : /* one */ 1 , // of a\n "b":2 }'
    expect(edited(text, (value) => (value['a'] = 5))).toBe('{ "a" : /* one */ 5 , // of a\n "b":2 }')
  })

  it('takes a key out with its line and comma, and leaves the comments', () => {
    const text = '{\n  // a\n  "a": 1,\n  // b\n  "b": 2, // of b\n  // c\n  "c": 3 // of c\n}'
    expect(edited(text, (value) => delete value['a'])).toBe(text.replace('  "a": 1,\n', ''))
    expect(edited(text, (value) => delete value['b'])).toBe(text.replace('"b": 2, ', ''))
    expect(edited(text, (value) => delete value['c'])).toBe(text.replace('2,', '2').replace('"c": 3 ', ''))
  })

  const key = fc.constantFrom('a', 'b', 'gpt-6.1', 'constructor', 'with "quotes"', '')
  const { value } = fc.letrec((tie) => ({
    value: fc.oneof(
      { depthSize: 'small', maxDepth: 3 },
      fc.constantFrom(0, -1.5, true, false, null, 'text', '// no comment', '/* none */', ',}'),
      fc.array(tie('value'), { maxLength: 4 }),
      fc.dictionary(key, tie('value'), { maxKeys: 4, noNullPrototype: true }),
    ),
  }))
  const object = fc.dictionary(key, value, { maxKeys: 4, noNullPrototype: true })
  const comment = fc.constantFrom('', '', '', '/* c */', '// c\n', '\n', '/* c\n */', '\r\n// c\r\n')

  it(
    'holds exactly what it should, and every comment between the values, whatever the text',
    () => {
      const property = fc.property(
        object,
        object,
        fc.infiniteStream(comment),
        fc.boolean(),
        (before, after, stream, lines) => {
          const text = commented(JSON.stringify(before, undefined, lines ? 2 : undefined), stream)
          const result = rewritten(text, before, after)
          expect(valueOf(result)).toEqual(JSON.parse(JSON.stringify(after)))
          expect(outer(result)).toEqual(outer(text))
        },
      )
      fc.assert(property, { seed: 7, numRuns: runs(2_000) })
    },
    propertyMs,
  )
})

const token = /"(?:[^"\\]|\\.)*"|[^\s"{}[\],:]+|[{}[\],:]/g

/** The JSON text with something behind each token; comments between the values of the outermost object are numbered. */
function commented(json: string, stream: Iterator<string>): string {
  let depth = 0
  let name = 0
  let isKey = true
  return json.replaceAll(token, (found) => {
    depth += /^[{[]/.test(found) ? 1 : /^[}\]]/.test(found) ? -1 : 0
    const between = depth === 1 && found !== ':' && !(isKey && found.startsWith('"'))
    if (depth === 1) isKey = found === ',' || (isKey && found === '{')
    const comment = stream.next().value ?? ''
    return found + (between ? comment.replace('c', `outer${++name}`) : comment)
  })
}

function outer(text: string): string[] {
  return [...text.replaceAll(/"(?:[^"\\]|\\.)*"/g, '').matchAll(/outer\d+/g)].map(([found]) => found)
}
