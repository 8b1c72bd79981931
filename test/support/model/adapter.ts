import { CallAssembler } from '../../../src/core/models/callAssembler.ts'
import { adapterFor } from '../../../src/core/models/client.ts'
import { Connection } from '../../../src/core/models/connection.ts'
import type { Endpoint } from '../../../src/core/models/endpoint.ts'
import type { ModelPart } from '../../../src/core/models/model.ts'
import type { Adapter, LivePart } from '../../../src/core/models/watchdog.ts'
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

/** All parts but signs of life, and the error if there was one. */
export async function collect(stream: AsyncIterable<LivePart>): Promise<{ parts: ModelPart[]; error?: unknown }> {
  const parts: ModelPart[] = []
  try {
    for await (const part of stream) if (part.type !== 'alive') parts.push(part)
    return { parts }
  } catch (error) {
    return { parts, error }
  }
}

export function textOf(parts: ModelPart[]): string {
  return parts.map((part) => (part.type === 'text' ? part.text : '')).join('')
}

export function thoughtsOf(parts: ModelPart[]): string {
  return parts.map((part) => (part.type === 'reasoning' ? part.text : '')).join('')
}

/** The calls that the parts make, as the turn would run them. */
export function callsOf(parts: ModelPart[]): unknown[] {
  const assembler = new CallAssembler()
  const found = parts.flatMap((part) => (part.type === 'call' ? assembler.add(part) : []))
  return [...found, ...assembler.end()].flatMap((event) =>
    event.kind === 'complete' ? [[event.name, event.input]] : [],
  )
}
