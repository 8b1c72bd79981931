import { readFileSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
import { faultWorld } from '../../../support/model/faultWorld.ts'
import { ok, rows } from './faultRows.ts'

describe('a fault of a model’s server', () => {
  test.each(rows)(
    '$fault',
    async ({ replies, code, says: words, waits = [], asked, reads = [], tokens, model = [], never }) => {
      const script = [...replies]
      await using world = await faultWorld((response, count, its) => (script[count - 1] ?? ok)(response, its))
      const result = await world.turn()
      expect([result.status, result.error?.code]).toEqual(
        code === undefined ? ['completed', undefined] : ['failed', code],
      )
      if (words !== undefined) expect(result.error?.message).toMatch(words)
      expect(world.events.flatMap((event) => (event.type === 'notice' ? [event.code] : []))).toEqual(waits)
      expect(world.server.bodies).toHaveLength(asked)
      if (tokens !== undefined) expect(result.usage.inputTokens).toBe(tokens)
      expect(world.reads.toSorted()).toEqual(reads.toSorted())
      expect(result.calls.every(({ status }) => status === 'completed' || status === 'failed')).toBe(true)
      if (code !== undefined) {
        script.length = Math.min(script.length, asked)
        expect((await world.turn('Continue.')).status).toBe('completed')
      }
      const sent = JSON.stringify(world.server.bodies.at(-1)?.['messages'])
      for (const pattern of model) expect(sent).toMatch(pattern)
      if (never !== undefined) expect(sent).not.toMatch(never)
      expect(world.invalid).toEqual([])
      expect(world.clock.pending).toBe(0)
    },
  )
})

describe('the table of faults in ARCHITECTURE.md', () => {
  test('has these rows and no others but those that are tested elsewhere', () => {
    const text = readFileSync('ARCHITECTURE.md', 'utf8')
    const section = text.slice(text.indexOf('## Faults of models')).split('\n## ')[0] ?? ''
    const table = section.split('\n').filter((line) => line.startsWith('| '))
    const documented = table.slice(2).map((line) => line.split('|')[1]?.trim())
    const elsewhere = documented.filter((fault) => fault?.endsWith('¹'))
    expect(documented.filter((fault) => !elsewhere.includes(fault))).toEqual(rows.map(({ fault }) => fault))
  })
})
