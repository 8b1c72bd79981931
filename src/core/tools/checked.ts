import * as z from 'zod'
import type { Failure } from '../ports.ts'
import { failed, type Tool } from './tool.ts'

/** A call as its tool takes it, and as it was asked for. */
export interface Checked {
  tool: Tool
  input: unknown
  summary: string
  /** As it was written, of the tool that is called in the end. */
  asked: { name: string; input: unknown; via?: 'more_tools' }
}

/** A call as its tool takes it, or what is wrong with it. */
export function checked(tools: ReadonlyMap<string, Tool>, name: string, input: unknown): Checked | Failure {
  const tool = tools.get(name)
  if (tool === undefined) {
    const names = [...tools.keys()].join(', ')
    return failed('unknown_tool', `There is no tool of this name. The tools are: ${names}.`)
  }
  const parsed = tool.input.safeParse(input)
  if (!parsed.success) {
    return failed('invalid_arguments', `${z.prettifyError(parsed.error)}\nCorrect the arguments and call again.`)
  }
  const inner = tool.through?.(parsed.data)
  if (inner !== undefined) return through(tools, inner)
  return { tool, input: parsed.data, summary: tool.summary(parsed.data), asked: { name, input } }
}

function through(
  tools: ReadonlyMap<string, Tool>,
  { name, input }: { name: string; input: unknown },
): Checked | Failure {
  const inner = checked(tools, name, input)
  if (!('kind' in inner)) return { ...inner, asked: { ...inner.asked, via: 'more_tools' } }
  if (inner.code !== 'invalid_arguments') return inner
  return failed(inner.code, `${inner.message} Its schema comes with {"find": "${name}"}.`)
}
