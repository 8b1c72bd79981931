import * as z from 'zod'

const text = z.string().min(1).max(4096)

/** All that a rule names must be so; it names at least one thing. */
export const ruleSchema = z
  .strictObject({
    tool: text.optional().describe('The name of a tool; * stands for any part of it, as in mcp__github__*.'),
    command: text.optional().describe('A command, to the letter; to ask about or deny it, a part of it is enough.'),
    path: text.optional().describe('A glob of files: relative to their workspace folder, or absolute.'),
    host: text.optional().describe('The host of a page, as in example.org, or *.example.org for those below it.'),
  })
  .refine((rule) => Object.keys(rule).length > 0, 'A rule names a tool, a command, a path or a host.')

/** The content of a file of rules. */
export const rulesSchema = z.strictObject({
  $schema: z.string().optional(),
  allow: z
    .array(ruleSchema)
    .optional()
    .describe('Runs without a question. What asks each time, such as a protected path, still does.'),
  ask: z.array(ruleSchema).optional().describe('Asks each time.'),
  deny: z.array(ruleSchema).optional().describe('Never runs.'),
})
