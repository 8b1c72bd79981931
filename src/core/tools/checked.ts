import * as z from 'zod'
import type { Failure } from '../ports.ts'
import { failed, type Tool } from './tool.ts'

/** A call as its tool takes it, or what is wrong with it. */
export function checked(
  tools: ReadonlyMap<string, Tool>,
  name: string,
  input: unknown,
): { tool: Tool; input: unknown; summary: string } | Failure {
  const tool = tools.get(name)
  if (tool === undefined) {
    const names = [...tools.keys()].join(', ')
    return failed('unknown_tool', `There is no tool of this name. The tools are: ${names}.`)
  }
  const parsed = tool.input.safeParse(input)
  if (!parsed.success) {
    return failed('invalid_arguments', `${z.prettifyError(parsed.error)}\nCorrect the arguments and call again.`)
  }
  return { tool, input: parsed.data, summary: tool.summary(parsed.data) }
}
