import { useComputed } from '@preact/signals'
import type { JSX } from 'preact'
import type { TurnState } from '../../protocol/state.ts'
import { usePanel } from '../panel.ts'
import { amount, dollars, plural, turnSpan } from '../words/spans.ts'
import { Restore } from './Restore.tsx'

const ENDED: Record<TurnState['status'], string> = {
  running: '',
  stopping: '',
  completed: 'Completed in',
  stopped: 'Stopped after',
  failed: 'Failed after',
}

/** How a turn ended and what it took; what is not known is left out. */
export function Foot({ turnId }: { turnId: string }): JSX.Element | null {
  const { store } = usePanel()
  const turn = store.turn(turnId)?.value
  const calls = useComputed(() => store.session.value.calls.filter((call) => call.turnId === turnId).length).value
  if (turn?.endedAt === undefined) return null
  const { inputTokens, outputTokens, costUsd } = turn.usage
  return (
    <div class="foot num">
      <span>
        {ENDED[turn.status]} {turnSpan(turn.endedAt - turn.startedAt)}
      </span>
      {calls > 0 && <span>{plural(calls, 'call')}</span>}
      {inputTokens + outputTokens > 0 && (
        <span>
          {amount(inputTokens)} tokens in, {amount(outputTokens)} out
        </span>
      )}
      {costUsd !== undefined && <span class="cost">{dollars(costUsd)}</span>}
      <Restore turnId={turnId} place="foot" />
    </div>
  )
}
