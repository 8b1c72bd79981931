import { readFile } from 'node:fs/promises'
import { describe, expect, test } from 'vitest'
import * as z from 'zod'

const manifest = z
  .object({
    contributes: z.object({
      configuration: z.object({ properties: z.record(z.string(), z.object({ scope: z.string() })) }),
    }),
    capabilities: z.object({
      untrustedWorkspaces: z.object({
        supported: z.literal('limited'),
        description: z.string(),
        restrictedConfigurations: z.array(z.string()),
      }),
      virtualWorkspaces: z.object({ supported: z.literal('limited'), description: z.string() }),
    }),
    activationEvents: z.tuple([z.literal('onStartupFinished')]),
  })
  .parse(JSON.parse(await readFile(new URL('../../package.json', import.meta.url), 'utf8')))

describe('the manifest', () => {
  const settings = Object.entries(manifest.contributes.configuration.properties)

  test.each(settings)('%s is the user’s alone, or not taken from a workspace before trust', (name, { scope }) => {
    const { restrictedConfigurations } = manifest.capabilities.untrustedWorkspaces
    expect(scope === 'application' || restrictedConfigurations.includes(name)).toBe(true)
  })

  test('lets a workspace set nothing that can spend, send, grant or run', () => {
    const others = settings.filter(([, { scope }]) => scope !== 'application').map(([name]) => name)
    expect(others).toEqual(['stretto.edits.save'])
  })

  test('says what it does before trust, and in a workspace that is not on this machine', () => {
    const { untrustedWorkspaces, virtualWorkspaces } = manifest.capabilities
    // The policy denies all but what is the session's own; `table.test.ts` shows it.
    expect(untrustedWorkspaces.description).toMatch(/reads nothing to a model, edits nothing and runs nothing/)
    // Files of other file systems are read and edited; `otherFileSystems.test.ts` shows it.
    expect(virtualWorkspaces.description).toMatch(/reads and edits files .* commands work on the machine/)
  })
})
