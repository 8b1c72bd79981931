/** A thread that holds clients for the one that started it. */
import { parentPort } from 'node:worker_threads'
import { type ModelClient, modelClient } from '../../../src/core/models/client.ts'
import type { Endpoint } from '../../../src/core/models/endpoint.ts'
import { neverCancelled } from '../../../src/core/scheduling/cancellation.ts'
import { systemClock } from '../../../src/host/clock.ts'

export type ToWorker =
  | { id: number; do: 'open'; client: number; endpoint: Endpoint }
  | { id: number; do: 'ask' | 'close'; client: number }
export interface FromWorker {
  id: number
  said: string
}

const clients = new Map<number, ModelClient>()

parentPort?.on('message', (message: ToWorker) => {
  void answer(message).then((said) => {
    // oxlint-disable-next-line unicorn/require-post-message-target-origin -- not a window's
    parentPort?.postMessage({ id: message.id, said } satisfies FromWorker)
  })
})

async function answer(message: ToWorker): Promise<string> {
  if (message.do === 'open') clients.set(message.client, modelClient(message.endpoint, {}, systemClock))
  const client = clients.get(message.client)
  if (message.do === 'close') await client?.[Symbol.asyncDispose]()
  if (message.do !== 'ask' || client === undefined) return ''
  const request = { messages: [{ role: 'user' as const, text: 'Hello' }], tools: [] }
  let said = ''
  for await (const part of client.model.stream(request, neverCancelled)) if (part.type === 'text') said += part.text
  return said
}
