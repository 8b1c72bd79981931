import * as z from 'zod'
import type { ToolDefinition } from '../models/model.ts'
import { count } from './clip.ts'
import type { Tool } from './tool.ts'

const input = z
  .strictObject({
    find: z.string().trim().min(1).optional().describe('What you need, in a few words, or a name.'),
    call: z.string().min(1).optional().describe('The name of the tool to call.'),
    input: z.record(z.string(), z.unknown()).optional().describe('Its input.'),
  })
  .refine(({ find, call }) => (find === undefined) !== (call === undefined), 'Give either find or call.')
export type MoreToolsInput = z.infer<typeof input>

/** Longest description of one tool in the description of this one, in UTF-16 units. */
const HINT = 90

/**
 * Stands for tools that are used rarely, so that their definitions are not in every request: gives their schemas, and
 * calls them. Such a call is the other tool's own in every way.
 */
export function moreTools(behind: readonly Tool[], definitionOf: (tool: Tool) => ToolDefinition): Tool<MoreToolsInput> {
  const list = behind.map(({ name, description }) => `${name} (${hint(description)})`).join('; ')
  return {
    name: 'more_tools',
    description: `More tools, used rarely: ${list}. First {find} gives the schemas of those that fit; then {call, input} calls one.`,
    input,
    onSteer: 'finish',
    deadlineMs: 10_000,
    summary: ({ find = '' }) => find,
    through: ({ call, input: given = {} }) => (call === undefined ? undefined : { name: call, input: given }),
    plan({ find = '' }) {
      const found = matching(behind, find)
      const text = found.map((tool) => shown(definitionOf(tool))).join('\n\n')
      const none = `No tool fits “${find}”. There are: ${list}.`
      return Promise.resolve({
        claims: [],
        action: { kind: 'session' },
        run: () =>
          Promise.resolve({
            kind: 'completed',
            text: found.length === 0 ? none : text,
            fact: count(found.length, 'tool'),
          }),
      })
    },
  }
}

function hint(description: string): string {
  const sentence = description.split(/(?<=\.)\s|\n/, 1)[0]?.replace(/\.$/, '') ?? ''
  return sentence.length <= HINT ? sentence : `${sentence.slice(0, HINT).replace(/\s+\S*$/, '')} …`
}

/** Those that hold most of the words; all of them when one is named. */
function matching(behind: readonly Tool[], query: string): Tool[] {
  const named = behind.filter(({ name }) => query.includes(name))
  if (named.length > 0) return named
  const words = query
    .toLowerCase()
    .split(/\W+/)
    .filter((word) => word.length > 2)
  const scored = behind.map((tool) => {
    const text = `${tool.name.replaceAll('_', ' ')} ${tool.description}`.toLowerCase()
    return { tool, score: words.filter((word) => text.includes(word)).length }
  })
  const best = Math.max(0, ...scored.map(({ score }) => score))
  return best === 0 ? [] : scored.filter(({ score }) => score * 2 >= best).map(({ tool }) => tool)
}

function shown({ name, description, parameters }: ToolDefinition): string {
  return `${name}: ${description}\nIts input: ${JSON.stringify(parameters)}`
}
