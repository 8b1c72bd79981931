import { expect, test } from 'vitest'
import { toolDefinitions, tools } from '../../../../src/core/tools/catalog.ts'
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
