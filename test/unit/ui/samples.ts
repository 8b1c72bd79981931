import type { CallState } from '../../../src/protocol/state.ts'

/** A call that was asked for at 0, with what a test says about it. */
export function aCall(more: Partial<CallState> = {}): CallState {
  return {
    id: 'c1',
    name: 'read_file',
    input: {},
    summary: 'src/a.ts',
    turnId: 't1',
    stepId: 's1',
    status: 'running',
    output: '',
    outputDropped: 0,
    proposedAt: 0,
    ...more,
  }
}
