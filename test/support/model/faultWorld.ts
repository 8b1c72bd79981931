import type { ServerResponse } from 'node:http'
import { mkdtemp, realpath, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { basename, join } from 'node:path'
import type { Session } from '../../../src/core/agent/session.ts'
import { Sessions } from '../../../src/core/agent/sessions.ts'
import type { TurnResult } from '../../../src/core/agent/turnResult.ts'
import type { Api, Endpoint } from '../../../src/core/models/endpoint.ts'
import { modelClient, type ModelClient } from '../../../src/core/models/client.ts'
import { Journals } from '../../../src/core/sessions/journal.ts'
import type { SessionEvent } from '../../../src/protocol/events.ts'
import { type FaultyServer, faultyServer } from '../faultyServer.ts'
import { ManualClock } from '../manualClock.ts'
import { noDocuments } from '../noDocuments.ts'
import { silentLog } from '../openGate.ts'
import { sessionParts } from '../sessionParts.ts'
import { faultsOf } from './strictEndpoint.ts'

/** A session whose model is at a server that misbehaves; its clock stands still but for pauses and silence. */
export interface FaultWorld extends AsyncDisposable {
  session: Session
  server: FaultyServer
  clock: ManualClock
  events: SessionEvent[]
  /** Names of the files that `read_file` read, in order. */
  reads: string[]
  /** What is wrong with the requests that came. */
  invalid: string[]
  /** From the next turn on, the server is spoken to so. */
  speak(api: Api): void
  /** One turn to its end. */
  turn(text?: string): Promise<TurnResult>
  /** Lets time pass until the client gives the response up. */
  silence(response: ServerResponse): void
}

export type Answer = (response: ServerResponse, count: number, world: FaultWorld) => void

export const KEY = 'sk-very-secret-1234'

export async function faultWorld(answer: Answer, changed: Partial<Endpoint> = {}): Promise<FaultWorld> {
  const folder = await realpath(await mkdtemp(join(tmpdir(), 'faults-')))
  const clock = new ManualClock()
  const events: SessionEvent[] = []
  const reads: string[] = []
  const invalid: string[] = []
  const server = await faultyServer((response, count) => {
    invalid.push(...faultsOf(server.bodies.at(-1)).map((fault) => `request ${count}: ${fault}`))
    answer(response, count, world)
  })
  const endpoint: Endpoint = { baseUrl: server.baseUrl, model: 'm1', apiKey: KEY, api: 'chat', ...changed }
  const clientOf = (api: Api): ModelClient => modelClient({ ...endpoint, api }, {}, clock, { random: () => 0.5 })
  const clients = { chat: clientOf('chat'), responses: clientOf('responses') }
  let spoken = endpoint.api
  const parts = sessionParts(clients.chat.model, folder, {
    clock,
    models: {
      acquire: async () => ({
        model: clients[spoken].model,
        label: 'm1',
        facts: undefined,
        [Symbol.asyncDispose]: async () => {},
      }),
    },
    documents: {
      ...noDocuments,
      read: async ({ path }) => {
        reads.push(basename(path))
        return { kind: 'read', text: `text of ${basename(path)}`, version: 'v', dirty: false }
      },
    },
  })
  const sessions = new Sessions(parts, new Journals(join(folder, 'journals'), silentLog))
  const session = sessions.create()
  session.onEvent((event) => {
    events.push(event)
    // The pause for another attempt passes as soon as it has begun.
    if (event.type === 'notice' && event.retryAt !== undefined) {
      const { retryAt } = event
      setImmediate(() => clock.advance(Math.max(0, retryAt - clock.now())))
    }
  })
  const world: FaultWorld = {
    session,
    server,
    clock,
    events,
    reads,
    invalid,
    speak: (api) => (spoken = api),
    turn: (text = 'go') => session.send(text, { source: 'api' }),
    silence(response) {
      const pass = (): void => {
        if (response.closed || response.socket === null) return
        clock.advance(1000)
        setImmediate(pass)
      }
      pass()
    },
    async [Symbol.asyncDispose]() {
      await sessions.dispose()
      await Promise.all(Object.values(clients).map((client) => client[Symbol.asyncDispose]()))
      await server[Symbol.asyncDispose]()
      await parts.processes.dispose()
      await rm(folder, { recursive: true, force: true })
    },
  }
  return world
}
