import type { EventLog } from './eventLog.ts'

/** Ends what a crash left open: its calls are not run again. Gives the texts of the messages that were not sent. */
export function closeTorn(log: EventLog): string[] {
  const { calls, messages, turns, steers, queue, processes, compacting } = log.state
  for (const { id: callId, turnId } of calls.filter(({ endedAt }) => endedAt === undefined)) {
    const result = 'Cancelled (dispose): VS Code ended before this call did. Its effect is unknown.'
    log.add(turnId, {
      type: 'callEnded',
      callId,
      status: 'cancelled',
      result,
      reason: 'dispose',
      fact: 'effect unknown',
    })
  }
  for (const { id: stepId, turnId } of messages.filter(
    (message) => message.role === 'assistant' && message.streaming,
  )) {
    log.add(turnId, { type: 'stepEnded', stepId, broken: 'VS Code ended.' })
  }
  if (compacting !== undefined) log.add(compacting.turnId, { type: 'compactionEnded' })
  for (const { id } of turns.filter(({ endedAt }) => endedAt === undefined)) {
    log.add(id, { type: 'turnEnded', status: 'stopped' })
  }
  for (const { id: processId, turnId } of processes.filter(({ endedAt }) => endedAt === undefined)) {
    log.add(turnId, { type: 'processEnded', processId, how: 'ended with VS Code' })
  }
  const unsent = [...steers, ...queue]
  const lastTurnId = turns.at(-1)?.id ?? ''
  for (const { id: messageId } of unsent) log.add(lastTurnId, { type: 'messageUnqueued', messageId })
  return unsent.map(({ text }) => text)
}
