import { readFile } from 'node:fs/promises'
import { expect, test } from 'vitest'
import * as z from 'zod'
import { configFiles } from '../../../../src/core/config/config.ts'
import { jsonSchemas } from '../../../../src/core/config/jsonSchemas.ts'

const manifest = z.object({
  contributes: z.object({
    jsonValidation: z.array(z.object({ fileMatch: z.union([z.string(), z.array(z.string())]), url: z.string() })),
  }),
})

test('each configuration file has a schema that the editor is told of', async () => {
  const file = new URL('../../../../package.json', import.meta.url)
  const { jsonValidation } = manifest.parse(JSON.parse(await readFile(file, 'utf8'))).contributes
  const told = jsonValidation.map(({ fileMatch, url }) => [[fileMatch].flat()[0], url])
  const expected = configFiles.map((name) => [
    `**/globalStorage/stretto.stretto/${name}.jsonc`,
    `./dist/schemas/${name}.json`,
  ])
  expect(told).toEqual(expected)
  expect(Object.keys(jsonSchemas())).toEqual([...configFiles])
})

test('a schema allows what the files may hold, comments included', () => {
  expect(jsonSchemas()['models']).toMatchObject({
    type: 'object',
    allowComments: true,
    allowTrailingCommas: true,
    additionalProperties: { type: 'object', additionalProperties: false },
  })
})
