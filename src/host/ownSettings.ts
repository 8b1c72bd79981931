import { isDeepStrictEqual } from 'node:util'
import * as vscode from 'vscode'
import * as z from 'zod'
import type { OwnSettings } from '../core/config/ownSettings.ts'
import { failed } from '../core/tools/tool.ts'
import { setSetting } from './settings.ts'

const PREFIX = 'stretto.'

/** What of a setting's JSON schema is used in the manifest. */
const property = z.object({
  type: z.enum(['string', 'integer', 'number', 'boolean']).optional(),
  enum: z.array(z.string()).optional(),
  minimum: z.number().optional(),
  maximum: z.number().optional(),
})
type Property = z.infer<typeof property>

const manifest = z.object({
  contributes: z.object({ configuration: z.object({ properties: z.record(z.string(), property) }) }),
})

/** The settings that the extension's manifest declares, through VS Code's own API. */
export function ownSettings(packageJson: unknown): OwnSettings {
  const { properties } = manifest.parse(packageJson).contributes.configuration
  const declared = new Map(Object.entries(properties).map(([key, found]) => [key.slice(PREFIX.length), found]))
  return {
    all: () => Object.fromEntries([...declared.keys()].map((key) => [key, valueOf(key)])),
    misfit: (key, value) => (value === undefined ? undefined : misfit(value, declared.get(key) ?? {})),
    set: async (key, value, token) => {
      token.throwIfCancelled()
      try {
        await setSetting(key, value)
      } catch (error) {
        return failed('io', `VS Code did not take it: ${error instanceof Error ? error.message : String(error)}`)
      }
      const set = vscode.workspace.getConfiguration('stretto').inspect(key)?.globalValue
      if (value === undefined || isDeepStrictEqual(set, value)) return undefined
      return failed('io', `VS Code has another value for it now: ${JSON.stringify(set)}. Look before you set it again.`)
    },
  }
}

/** The user's own value: whatever a workspace says is not looked at. */
function valueOf(key: string): unknown {
  const found = vscode.workspace.getConfiguration('stretto').inspect(key)
  return found?.globalValue ?? found?.defaultValue
}

function misfit(
  value: unknown,
  { type, enum: allowed, minimum = -Infinity, maximum = Infinity }: Property,
): string | undefined {
  const isInteger = type === 'integer' && Number.isInteger(value)
  if (type !== undefined && !isInteger && typeof value !== type) return `expected ${type}`
  if (allowed !== undefined && !allowed.some((one) => one === value)) return `expected one of ${allowed.join(', ')}`
  if (typeof value === 'number' && !(value >= minimum && value <= maximum)) {
    return `expected a number from ${minimum} to ${maximum}`
  }
  return undefined
}
