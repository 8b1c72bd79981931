import * as z from 'zod'
import { configFiles } from './config.ts'
import { schemas } from './schemas.ts'

/** The JSON schema of each configuration file, by its name; what editors go by. */
export function jsonSchemas(): Record<string, object> {
  return Object.fromEntries(
    configFiles.map((file) => {
      const schema = z.toJSONSchema(schemas[file], { io: 'input', target: 'draft-7' })
      return [file, { ...schema, allowComments: true, allowTrailingCommas: true }]
    }),
  )
}
