import { describe, expect, it } from 'vitest'
import type { Environment } from '../../../../src/protocol/messages.ts'
import { modelWords, nextModel } from '../../../../src/ui/words/models.ts'

const environment = (model: Environment['model']): Environment => ({
  model,
  ways: { vscode: [] },
  approvals: 'ask',
  trusted: true,
  hasFolder: true,
})

describe('the name of a model', () => {
  it('is that of the session’s own before the window’s', () => {
    const window = environment({ id: 'gpt', provider: 'openai', host: 'api.example.com' })
    const chosenModel = { model: 'vscode:copilot/x', label: 'The X' }
    expect(nextModel({}, undefined)).toBeUndefined()
    expect(nextModel({}, window)).toBe('gpt')
    expect(nextModel({ chosenModel }, window)).toBe('The X')
    expect(nextModel({ chosenModel }, environment(undefined))).toBe('The X')
  })

  it('says of the demo that it is a script, wherever it was chosen', () => {
    expect(nextModel({}, environment({ id: 'demo', provider: 'demo' }))).toBe('Demo (a script)')
    expect(nextModel({ chosenModel: { model: 'demo', label: 'Demo' } }, undefined)).toBe('Demo (a script)')
    expect(modelWords('demo')).toBe('Demo (a script)')
  })

  it('of a turn leaves out where the model is', () => {
    const references = [
      'gpt-6.1-terra',
      'org/m',
      'http://localhost:11434/v1#qwen3:8b',
      'https://x.example/v1#org/m',
      'vscode:v/m',
    ]
    expect(references.map(modelWords)).toEqual(['gpt-6.1-terra', 'org/m', 'qwen3:8b', 'org/m', 'm'])
  })
})
