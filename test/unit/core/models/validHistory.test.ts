import { describe, expect, test } from 'vitest'
import type { ModelMessage } from '../../../../src/core/models/model.ts'
import { validHistory } from '../../../../src/core/models/validHistory.ts'

const asked = (id: string, name: string, input: unknown): ModelMessage => ({
  role: 'assistant',
  text: '',
  calls: [{ id, name, input }],
})
const result = (callId: string, name: string): ModelMessage => ({ role: 'result', callId, name, text: 'x' })

/** What becomes of one call. */
function callOf(message: ModelMessage) {
  const [valid] = validHistory([message])
  return valid?.role === 'assistant' ? valid.calls[0] : undefined
}

describe('validHistory', () => {
  test('ids are what the strictest provider takes, and a result still has its call', () => {
    const messages = validHistory([asked('c7', 'look', {}), result('c7', 'look')])
    expect(messages).toMatchObject([{ calls: [{ id: 'c00000007' }] }, { callId: 'c00000007' }])
    expect(callOf(asked('c12345678', 'look', {}))?.id).toMatch(/^[a-zA-Z0-9]{9}$/)
  })

  test.each([
    ['', '_'],
    ['read file', 'read_file'],
    ['функция', '_______'],
    ['9lives', '_9lives'],
    ['x'.repeat(100), 'x'.repeat(64)],
    ['mcp__server__tool-a', 'mcp__server__tool-a'],
  ])('a call of %j is one of %j, and so is its result', (name, valid) => {
    const messages = validHistory([asked('c1', name, {}), result('c1', name)])
    expect(messages).toMatchObject([{ calls: [{ name: valid }] }, { name: valid }])
  })

  test('arguments that are no object are an empty one', () => {
    for (const input of [[1], 'text', 7, null, undefined]) expect(callOf(asked('c1', 'look', input))?.input).toEqual({})
    const input = { path: 'a' }
    expect(callOf(asked('c1', 'look', input))?.input).toBe(input)
  })

  test('half characters are replaced, wherever they are', () => {
    const half = '😀'.slice(0, 1)
    expect(validHistory([{ role: 'user', text: `a${half}` }])).toEqual([{ role: 'user', text: 'a\ufffd' }])
    const input = callOf(asked('c1', 'look', { [half]: [{ deep: half }], kept: '😀 \\ud83d', n: 1 }))?.input
    expect(input).toEqual({ '\ufffd': [{ deep: '\ufffd' }], kept: '😀 \\ud83d', n: 1 })
  })

  test('an answer without a word and a call is left out, one with calls has no blank text', () => {
    expect(validHistory([{ role: 'assistant', text: ' \n', calls: [], reasoning: {} }])).toEqual([])
    const blank: ModelMessage = { role: 'assistant', text: '\n', calls: [{ id: 'c1', name: 'look', input: {} }] }
    expect(validHistory([blank])).toMatchObject([{ text: '' }])
  })
})
