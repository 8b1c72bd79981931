import { adapterFor } from '../../../src/core/models/client.ts'
import { Connection } from '../../../src/core/models/connection.ts'
import type { Endpoint } from '../../../src/core/models/endpoint.ts'
import type { Adapter } from '../../../src/core/models/watchdog.ts'
import { ManualClock } from '../manualClock.ts'

/** An adapter with connections of its own, as a client has it, but neither watched nor retried. */
export function connected(endpoint: Endpoint, clock = new ManualClock()): Adapter & AsyncDisposable {
  const connection = new Connection(endpoint.baseUrl, {})
  const adapter = adapterFor(endpoint, connection.fetch, clock)
  return {
    id: adapter.id,
    stream: (request, token) => adapter.stream(request, token),
    [Symbol.asyncDispose]: () => connection.close(),
  }
}
