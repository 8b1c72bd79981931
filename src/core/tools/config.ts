import * as z from 'zod'
import { misfit } from '../config/check.ts'
import { type Config, type ConfigFile, configFiles, type ConfigValue } from '../config/config.ts'
import { isFailure, isHolder, keyOf, type KeyPath, readings, valueAt, withValue } from '../config/keys.ts'
import type { OwnSettings } from '../config/ownSettings.ts'
import { hidden, isSecret } from '../config/secrets.ts'
import type { Failure } from '../ports.ts'
import type { CancellationToken } from '../scheduling/cancellation.ts'
import { clip } from './clip.ts'
import { failed, type Plan, type Tool, type ToolResult } from './tool.ts'

const LONGEST = 20_000

/** What settings are to claims: one thing, which is no file. */
const SETTINGS_CLAIM = 'stretto:settings'

const input = z.strictObject({
  action: z.enum(['get', 'set']),
  file: z.enum([...configFiles, 'settings']),
  key: z
    .string()
    .min(1)
    .max(500)
    .optional()
    .describe(
      'A dotted path, as in my-model.contextTokens; a name that has dots may be quoted. For get, all unless given.',
    ),
  value: z.unknown().optional().describe('JSON, for set. Left out, the key is removed or gets its default.'),
})
export type ConfigInput = z.infer<typeof input>

export interface ConfigPorts {
  config: Config
  ownSettings: OwnSettings
}

/** Stretto's own configuration: what `get` shows has no secrets in it, and `set` takes none. */
export function configTool(ports: ConfigPorts): Tool<ConfigInput> {
  return {
    name: 'config',
    description:
      'Reads or changes Stretto\'s own configuration: models (facts of models by their id; search; auxiliary), mcp (servers), permissions (rules: allow, ask, deny) and settings (stretto.* of VS Code). API keys are not in it: the user sets them with the command "Stretto: Set API Key".',
    input,
    onSteer: 'finish',
    deadlineMs: 60_000,
    summary: ({ action, file, key }) => [action, file, key].filter(Boolean).join(' '),
    plan: (call) => {
      const { action, file, key } = call
      if (action === 'get') return file === 'settings' ? planGetSettings(key, ports) : planGet(file, key, ports)
      if (key === undefined) return Promise.resolve(failed('invalid_input', 'set needs a key.'))
      return file === 'settings' ? planSetSetting(key, call.value, ports) : planSet(file, key, call.value, ports)
    },
  }
}

async function planGet(file: ConfigFile, key: string | undefined, { config }: ConfigPorts): Promise<Plan> {
  return {
    claims: [{ kind: 'read', path: await config.locate(file) }],
    action: { kind: 'config', file, path: [], writes: false },
    run: async () => {
      const value = await config.readValue(file)
      return isFailure(value) ? value : shown(`${file}.jsonc`, value, key)
    },
  }
}

async function planSet(
  file: ConfigFile,
  key: string,
  fresh: unknown,
  { config }: ConfigPorts,
): Promise<Plan | Failure> {
  const value = await config.readValue(file)
  if (isFailure(value)) return value
  const path = meant(file, value, key, fresh)
  if (isFailure(path)) return path
  if (isSecret(path, fresh)) return secret()
  const change = (now: ConfigValue): ConfigValue | Failure => changedAt(now, path, fresh)
  const changed = change(value)
  if (isFailure(changed)) return changed
  const what = misfit(file, changed)
  if (what !== undefined)
    return failed('invalid_value', `That does not fit into ${file}.jsonc: ${what}. Nothing was changed.`)
  return {
    claims: [{ kind: 'edit', path: await config.locate(file) }],
    action: { kind: 'config', file, path, writes: true, value: fresh },
    run: async (_progress, token) =>
      done(await config.update(file, change, token), `${file}.jsonc`, keyOf(path), fresh),
  }
}

async function planGetSettings(key: string | undefined, { ownSettings }: ConfigPorts): Promise<Plan> {
  return {
    claims: [{ kind: 'read', path: SETTINGS_CLAIM }],
    action: { kind: 'config', file: 'settings', path: [], writes: false },
    run: async () => {
      const all = ownSettings.all()
      const name = key === undefined ? undefined : settingName(key)
      if (name === undefined) return shown('settings', all, undefined)
      if (!Object.hasOwn(all, name)) return noSetting(name, all)
      return { kind: 'completed', text: asText(hidden([name], all[name])) }
    },
  }
}

async function planSetSetting(key: string, fresh: unknown, { ownSettings }: ConfigPorts): Promise<Plan | Failure> {
  const name = settingName(key)
  if (isSecret([name], fresh)) return secret()
  const all = ownSettings.all()
  if (!Object.hasOwn(all, name)) return noSetting(name, all)
  const what = ownSettings.misfit(name, fresh)
  if (what !== undefined) return failed('invalid_value', `stretto.${name}: ${what}. Nothing was changed.`)
  return {
    claims: [{ kind: 'edit', path: SETTINGS_CLAIM }],
    action: { kind: 'config', file: 'settings', path: [name], writes: true, value: fresh },
    run: async (_progress, token: CancellationToken) =>
      done(await ownSettings.set(name, fresh, token), 'settings', `stretto.${name}`, fresh),
  }
}

/** The reading of a key that is there already, or under which the value fits; the plain one otherwise. */
function meant(file: ConfigFile, value: ConfigValue, key: string, fresh: unknown): KeyPath | Failure {
  const all = readings(key)
  const [plain] = all
  if (plain === undefined)
    return failed('invalid_input', `${key} is no dotted path. Quote names like "a.b", and leave no part empty.`)
  const there = all.find((path) => valueAt(value, path) !== undefined)
  if (there !== undefined) return there
  if (fresh === undefined) return missing(`${file}.jsonc`, value, key)
  const fits = (path: KeyPath): boolean => {
    const changed = changedAt(value, path, fresh)
    return !isFailure(changed) && misfit(file, changed) === undefined
  }
  return all.find(fits) ?? plain
}

function changedAt(value: ConfigValue, path: KeyPath, fresh: unknown): ConfigValue | Failure {
  const changed = withValue(value, path, fresh)
  if (isFailure(changed) || isHolder(changed)) return changed
  throw new Error('A file is an object.')
}

function shown(where: string, value: unknown, key: string | undefined): ToolResult {
  if (key === undefined) return { kind: 'completed', text: asText(hidden([], value)) }
  const path = readings(key).find((reading) => valueAt(value, reading) !== undefined)
  if (path === undefined) return missing(where, value, key)
  return { kind: 'completed', text: asText(hidden(path, valueAt(value, path))) }
}

function done(failure: Failure | undefined, where: string, name: string, fresh: unknown): ToolResult {
  if (failure !== undefined) return failure
  if (fresh === undefined) return { kind: 'completed', text: `Removed ${name} from ${where}.` }
  return { kind: 'completed', text: `Set ${name} in ${where} to ${asText(fresh)}.` }
}

function missing(where: string, value: unknown, key: string): Failure {
  const keys = typeof value === 'object' && value !== null ? Object.keys(value) : []
  const there =
    keys.length === 0 ? 'It is empty.' : `Its keys are: ${clip(keys.map((name) => keyOf([name])).join(', '), 1000)}.`
  return failed('not_found', `${where} has no ${key}. ${there}`)
}

function noSetting(name: string, all: Readonly<Record<string, unknown>>): Failure {
  return failed('not_found', `There is no setting stretto.${name}. There are: ${Object.keys(all).join(', ')}.`)
}

function secret(): Failure {
  const how = 'Ask the user to set it with the command "Stretto: Set API Key", which keeps it in the secret storage.'
  return failed('secret', `Keys and other secrets are not kept in the configuration. Nothing was changed. ${how}`)
}

function settingName(key: string): string {
  return key.replace(/^stretto\./, '')
}

function asText(value: unknown): string {
  return clip(JSON.stringify(value, undefined, 2) ?? '', LONGEST)
}
