import type { Session } from '../../src/core/agent/session.ts'
import type { SessionEvent } from '../../src/protocol/events.ts'

/** Settles with the first event of a type. */
export function heard<T extends SessionEvent['type']>(
  session: Session,
  type: T,
): Promise<Extract<SessionEvent, { type: T }>> {
  return new Promise((resolve) => {
    const isIt = (event: SessionEvent): event is Extract<SessionEvent, { type: T }> => event.type === type
    const registration = session.onEvent((event) => {
      if (!isIt(event)) return
      registration.dispose()
      resolve(event)
    })
  })
}
