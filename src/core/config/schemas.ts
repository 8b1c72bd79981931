import * as z from 'zod'
import { rulesSchema } from '../approvals/ruleSchema.ts'

const name = z.string().min(1).max(200)
const tokens = z.int().min(1)
const usd = z.number().min(0)
const prices = {
  inputUsd: usd.optional().describe('USD a million tokens of input.'),
  outputUsd: usd.optional().describe('USD a million tokens of output.'),
  cachedInputUsd: usd.optional().describe('USD a million tokens of input that the endpoint reads from its cache.'),
}

const model = z
  .strictObject({
    host: name.optional().describe('The endpoint’s host that this holds for, as in api.example.com; any unless set.'),
    contextTokens: tokens.optional().describe('Tokens of a request and its answer together.'),
    maxOutputTokens: tokens.optional().describe('Tokens of one answer.'),
    ...prices,
    longInput: z
      .strictObject({ aboveTokens: tokens, ...prices })
      .optional()
      .describe('Prices of a whole request whose input is longer than `aboveTokens`.'),
    images: z.boolean().optional().describe('Whether messages may hold images.'),
    reasoning: z.boolean().optional(),
    tools: z.boolean().optional().describe('Whether it can call tools.'),
  })
  .describe('What is known of the model with this id. It wins over what Stretto knows itself.')

const search = z
  .strictObject({
    provider: z.enum(['tavily', 'brave', 'searxng']),
    url: z
      .url({ protocol: /^https?$/ })
      .optional()
      .describe('The server; needed for SearXNG.'),
  })
  .describe('Where web_search searches. Its API key is set with the command "Stretto: Set API Key".')

const auxiliary = z
  .strictObject({
    small: name.optional().describe('A quick and cheap model, for summaries and questions to a page.'),
    vision: name.optional().describe('Looks at pictures.'),
    image: name.optional().describe('Makes pictures.'),
    speech: name.optional().describe('Makes speech.'),
    panel: z.array(name).max(16).optional().describe('The models that mixture_of_agents asks.'),
  })
  .describe('The ids of the models that tools ask beside the session’s own.')

const models = z
  .object({ $schema: z.string().optional(), search: search.optional(), auxiliary: auxiliary.optional() })
  .catchall(model)
  .describe('Models by their id, and what is asked beside them.')

/** `models.jsonc`, with the models apart from the two keys that are no model's id. */
const modelFile = models.transform((file) => {
  const { $schema: _, search, auxiliary, ...known } = file
  return { models: known, ...(search !== undefined && { search }), ...(auxiliary !== undefined && { auxiliary }) }
})
export type ModelFile = z.infer<typeof modelFile>

const server = z.union([
  z.strictObject({
    type: z.literal('stdio').optional(),
    command: z.string().min(1).describe('A program that is started with `args`; no shell reads it.'),
    args: z.array(z.string()).optional(),
    env: z.record(z.string(), z.string()).optional(),
    cwd: z.string().min(1).optional(),
  }),
  z.strictObject({
    type: z.enum(['http', 'sse']).optional(),
    url: z.url({ protocol: /^https?$/ }),
    headers: z.record(z.string(), z.string()).optional(),
  }),
])

/** `mcp.jsonc`, in VS Code's own form. */
const mcpFile = z.strictObject({
  $schema: z.string().optional(),
  servers: z
    .record(z.string().regex(/^[A-Za-z0-9][A-Za-z0-9_-]{0,40}$/, 'is no name of letters, digits, - and _'), server)
    .optional()
    .describe('MCP servers by their name.'),
})
export type McpFile = z.infer<typeof mcpFile>

/** `permissions.jsonc` */
export type PermissionFile = z.infer<typeof rulesSchema>

/** What each file holds. The keys are in the one order in which their locks are taken. */
export const schemas = { models: modelFile, mcp: mcpFile, permissions: rulesSchema }
