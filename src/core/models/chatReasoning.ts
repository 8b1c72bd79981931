import * as z from 'zod'
import type { Endpoint } from './endpoint.ts'
import { isRecord, list, record } from './loose.ts'

const kept = z.object({
  api: z.literal('chat'),
  baseUrl: z.string(),
  model: z.string(),
  fields: z.record(z.string(), z.unknown()),
})

/** What an endpoint wants back of a model's thoughts, in the fields in which it sent them. */
export class KeptThoughts {
  readonly #fields: Record<string, unknown> = {}

  add(thoughts: Record<string, unknown>): void {
    for (const [name, value] of Object.entries(thoughts)) {
      const before = this.#fields[name]
      this.#fields[name] = Array.isArray(value) ? joined(list(before), value) : `${text(before)}${text(value)}`
    }
  }

  /** For this endpoint and model, and no other; undefined when there is nothing to give back. */
  for({ baseUrl, model }: Endpoint): z.infer<typeof kept> | undefined {
    const { reasoning_details, ...texts } = this.#fields
    const fields = reasoning_details === undefined ? texts : { reasoning_details }
    return Object.keys(fields).length === 0 ? undefined : { api: 'chat', baseUrl, model, fields }
  }
}

/** The fields to give back with an answer of this endpoint and model's own. */
export function ownThoughts(reasoning: unknown, { baseUrl, model }: Endpoint): Record<string, unknown> {
  const { data } = kept.safeParse(reasoning)
  return data?.baseUrl === baseUrl && data.model === model ? data.fields : {}
}

/** Details come in pieces: texts of the same one are joined, its other fields are of the last piece. */
function joined(before: unknown[], pieces: unknown[]): unknown[] {
  const details = [...before]
  for (const piece of pieces) {
    const last = details.at(-1)
    if (isRecord(last) && isRecord(piece) && continues(last, piece)) details[details.length - 1] = merged(last, piece)
    else details.push(piece)
  }
  return details
}

function continues(last: Record<string, unknown>, piece: Record<string, unknown>): boolean {
  return piece['index'] !== undefined && piece['index'] === last['index'] && piece['type'] === last['type']
}

function merged(last: Record<string, unknown>, piece: Record<string, unknown>): Record<string, unknown> {
  const told = Object.entries(record(piece)).filter(([, value]) => value !== null)
  const both = { ...last, ...Object.fromEntries(told) }
  for (const name of ['text', 'summary'])
    if (last[name] !== undefined || piece[name] !== undefined) both[name] = `${text(last[name])}${text(piece[name])}`
  return both
}

function text(value: unknown): string {
  return typeof value === 'string' ? value : ''
}
