import * as z from 'zod'
import type { ToolDefinition } from '../models/model.ts'
import { applyPatch } from './applyPatch.ts'
import { askUser } from './askUser.ts'
import { configTool } from './config.ts'
import { diagnostics } from './diagnostics.ts'
import { editFile } from './editFile.ts'
import { executeCode } from './executeCode.ts'
import { findFiles } from './findFiles.ts'
import { insertText } from './insertText.ts'
import { moreTools } from './moreTools.ts'
import type { ToolPorts } from './ports.ts'
import { processTool } from './process.ts'
import { readFile } from './readFile.ts'
import { searchFiles } from './searchFiles.ts'
import { symbols } from './symbols.ts'
import { terminal } from './terminal.ts'
import { todo } from './todo.ts'
import type { Tool } from './tool.ts'
import { writeFile } from './writeFile.ts'

/** Tools of rarer needs: the model finds and calls them through `more_tools`, or by their names. */
const rarelyUsed: ReadonlySet<string> = new Set([
  'config',
  'session_search',
  'vision_analyze',
  'image_generate',
  'text_to_speech',
  'mixture_of_agents',
])

/**
 * Every tool of one session.
 *
 * @param beyond those that reach beyond the window, where it has what they need
 */
export function tools(ports: ToolPorts, beyond: readonly Tool[] = []): Tool[] {
  const all = [...everyTool(ports), ...beyond]
  const behind = all.filter(({ name }) => rarelyUsed.has(name))
  return behind.length === 0 ? all : [...all, moreTools(behind, definitionOf)]
}

function everyTool(ports: ToolPorts): Tool[] {
  return [
    readFile(ports),
    findFiles(ports),
    searchFiles(ports),
    writeFile(ports),
    editFile(ports),
    insertText(ports),
    applyPatch(ports),
    terminal(ports),
    processTool(ports),
    executeCode(ports),
    diagnostics(ports),
    symbols(ports),
    askUser(),
    todo(),
    ...(ports.config === undefined ? [] : [configTool(ports.config)]),
  ]
}

/** The tools as a model is told of them, without those of rarer needs. */
export function toolDefinitions(list: readonly Tool[]): ToolDefinition[] {
  return list.filter(({ name }) => !rarelyUsed.has(name)).map(definitionOf)
}

function definitionOf({ name, description, input }: Tool): ToolDefinition {
  const { $schema: _, ...parameters } = z.toJSONSchema(input, { io: 'input' })
  return { name, description, parameters }
}
