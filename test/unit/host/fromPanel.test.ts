import { describe, expect, it } from 'vitest'
import { parseFromPanel } from '../../../src/host/fromPanel.ts'

describe('parseFromPanel', () => {
  it.each([
    { type: 'ready' },
    { type: 'send', text: 'Fix it' },
    { type: 'approve', callId: 'c1', fingerprint: 'f', answer: 'session' },
    { type: 'openFile', path: 'src/a.ts', line: 3 },
    { type: 'openFile', path: 'src/a.ts' },
    { type: 'action', action: 'useDemo' },
    { type: 'review', turnId: 't1', path: 'a.ts', verdict: 'rejected' },
    { type: 'reviewChanges', turnId: 't1' },
  ])('takes $type', (message) => {
    expect(parseFromPanel(message)).toEqual(message)
  })

  it.each([
    undefined,
    'ready',
    {},
    { type: 'readyy' },
    { type: 'send' },
    { type: 'send', text: 1 },
    { type: 'send', text: 'x'.repeat(1_000_001) },
    { type: 'approve', callId: 'c1', fingerprint: 'f', answer: 'always' },
    { type: 'action', action: 'workbench.action.terminal.new' },
    { type: 'review', turnId: 't1', verdict: 'open' },
    { type: 'openFile', path: '' },
    { type: 'openFile', path: 'a', line: 0 },
    { type: 'openFile', path: 'a', line: 1.5 },
  ])('refuses %j', (message) => {
    expect(parseFromPanel(message)).toBeUndefined()
  })

  it('drops what it does not know', () => {
    expect(parseFromPanel({ type: 'stop', all: true })).toEqual({ type: 'stop' })
  })
})
