import { expect, test } from 'vitest'
import * as z from 'zod'
import { systemPrompt } from '../../../../src/core/agent/prompt.ts'
import { auxiliaryTools } from '../../../../src/core/tools/auxiliaryTools.ts'
import { toolDefinitions, tools } from '../../../../src/core/tools/catalog.ts'
import { checked } from '../../../../src/core/tools/checked.ts'
import { configTool } from '../../../../src/core/tools/config.ts'
import { moreTools } from '../../../../src/core/tools/moreTools.ts'
import { AuxiliaryWorld } from '../../../support/auxiliaryWorld.ts'
import { done, scriptedTool } from '../../../support/scriptedTool.ts'
import { Workbench } from './workbench.ts'

const paint = {
  ...scriptedTool({ name: 'paint', run: async () => done('painted') }),
  description: 'Paints a picture of something. At length.',
  input: z.strictObject({ what: z.string() }),
}
const speak = {
  ...scriptedTool({ name: 'speak', run: async () => done('spoken') }),
  description: 'Says a text aloud.',
}
const more = moreTools([paint, speak], ({ name, description }) => ({ name, description, parameters: { of: name } }))
const all = new Map([paint, speak, more].map((tool) => [tool.name, tool]))

async function found(find: string): Promise<string> {
  const plan = await more.plan({ find })
  if ('kind' in plan) throw new Error(plan.message)
  const result = await plan.run(undefined as never, undefined as never)
  return result.kind === 'completed' ? result.text : ''
}

test('more_tools gives the schemas of the tools that fit, and the names of all when none does', async () => {
  expect(await found('a picture')).toBe('paint: Paints a picture of something. At length.\nIts input: {"of":"paint"}')
  expect(await found('speak')).toContain('{"of":"speak"}')
  expect(await found('teleport')).toMatch(/No tool fits .* paint .* speak/)
  expect(more.description).toContain('paint (Paints a picture of something)')
})

test('more_tools stands for the tool that it calls: its card, its policy, its schema', () => {
  const call = checked(all, 'more_tools', { call: 'paint', input: { what: 'a cat' } })
  expect(call).toMatchObject({
    tool: paint,
    input: { what: 'a cat' },
    asked: { name: 'paint', input: { what: 'a cat' }, via: 'more_tools' },
  })
  expect(checked(all, 'more_tools', { call: 'paint', input: {} })).toMatchObject({
    code: 'invalid_arguments',
    message: expect.stringContaining('{"find": "paint"}'),
  })
  expect(checked(all, 'more_tools', { call: 'none' })).toMatchObject({ code: 'unknown_tool' })
  expect(checked(all, 'more_tools', {})).toMatchObject({ code: 'invalid_arguments' })
  expect(checked(all, 'more_tools', { find: 'a', call: 'paint' })).toMatchObject({ code: 'invalid_arguments' })
})

test('a tool behind more_tools is served by its own name too', () => {
  expect(checked(all, 'paint', { what: 'a cat' })).toMatchObject({ tool: paint, asked: { name: 'paint' } })
})

// oxlint-disable-next-line typescript/no-unsafe-type-assertion -- described, not called
const never = undefined as never

/** Far fewer than any tokenizer makes of English and JSON: about four. */
const LEAST_BYTES_PER_TOKEN = 3

test('system prompt and definitions are under 6,000 tokens', () => {
  const { ports } = new Workbench('/')
  const config = configTool({ config: never, ownSettings: never })
  const beyond = [...auxiliaryTools(new AuxiliaryWorld().ports(ports.workspace)), config]
  const definitions = toolDefinitions(tools(ports, beyond))
  const system = systemPrompt([{ name: 'project', path: '/home/somebody/projects/a-project-with-a-name' }], 'linux')
  const bytes = Buffer.byteLength(system + JSON.stringify(definitions))
  expect(definitions.map(({ name }) => name)).toContain('more_tools')
  expect(bytes / LEAST_BYTES_PER_TOKEN).toBeLessThan(6_000)
})
