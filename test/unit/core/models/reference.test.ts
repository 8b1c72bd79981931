import { describe, expect, test } from 'vitest'
import { type ModelReference, parseReference, writeReference } from '../../../../src/core/models/reference.ts'

describe('a reference to a model', () => {
  const references: [string, ModelReference][] = [
    ['demo', { provider: 'demo' }],
    ['vscode:copilot/gpt', { provider: 'vscode', id: 'copilot/gpt' }],
    [
      'http://localhost:11434/v1#qwen3:8b',
      { provider: 'openai', baseUrl: 'http://localhost:11434/v1', model: 'qwen3:8b' },
    ],
    ['https://x.example#org/m#1', { provider: 'openai', baseUrl: 'https://x.example', model: 'org/m#1' }],
    ['gpt-6.1-terra', { provider: 'same', model: 'gpt-6.1-terra' }],
    ['org/c#-coder', { provider: 'same', model: 'org/c#-coder' }],
  ]

  test.each(references)('%s is read and written the same', (text, reference) => {
    expect(parseReference(text)).toEqual(reference)
    expect(writeReference(reference)).toBe(text)
  })
})
