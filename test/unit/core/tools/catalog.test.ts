import { expect, test } from 'vitest'
import { auxiliaryTools } from '../../../../src/core/tools/auxiliaryTools.ts'
import { toolDefinitions, tools } from '../../../../src/core/tools/catalog.ts'
import { AuxiliaryWorld } from '../../../support/auxiliaryWorld.ts'
import { Workbench } from './workbench.ts'

test('every tool is there once, with a schema that endpoints take', () => {
  const definitions = toolDefinitions(tools(new Workbench('/').ports))
  expect(definitions.map(({ name }) => name)).toEqual([
    'read_file',
    'find_files',
    'search_files',
    'write_file',
    'edit_file',
    'insert_text',
    'apply_patch',
    'terminal',
    'process',
    'execute_code',
    'diagnostics',
    'symbols',
    'ask_user',
    'todo',
  ])
  for (const { description, parameters } of definitions) {
    expect(description.length).toBeGreaterThan(20)
    expect(parameters).toMatchObject({ type: 'object', additionalProperties: false })
    expect(parameters).not.toHaveProperty('$schema')
  }
  const terminal = definitions.find(({ name }) => name === 'terminal')
  expect(Object.keys(terminal?.parameters['properties'] ?? {})).toEqual([
    'command',
    'cwd',
    'timeout_s',
    'background',
    'name',
    'outside',
  ])
  expect(terminal?.parameters['required']).toEqual(['command'])
})

test('what reaches beyond the window is there too: the web at hand, the rest behind more_tools', () => {
  const { ports } = new Workbench('/')
  const all = tools(ports, auxiliaryTools(new AuxiliaryWorld().ports(ports.workspace)))
  const shown = toolDefinitions(all).map(({ name }) => name)
  expect(shown).toEqual(expect.arrayContaining(['web_search', 'web_extract', 'more_tools']))
  const rare = ['vision_analyze', 'image_generate', 'text_to_speech', 'session_search', 'mixture_of_agents']
  for (const name of rare) {
    expect(shown).not.toContain(name)
    expect(all.map((tool) => tool.name)).toContain(name)
    expect(all.find((tool) => tool.name === 'more_tools')?.description).toContain(name)
  }
})
