import { describe, expect, it } from 'vitest'
import { insertText } from '../../../../src/core/edits/insert.ts'
import { applyHunks } from '../../../../src/core/edits/patchApply.ts'
import { parsePatch } from '../../../../src/core/edits/patchParse.ts'
import { type Found, replaceText } from '../../../../src/core/edits/replace.ts'
import { applyEdits, ordered } from '../../../../src/core/edits/textEdits.ts'
import type { Failure } from '../../../../src/core/ports.ts'
import { insertCases } from './cases/insert.ts'
import { patchCases } from './cases/patch.ts'
import { malformedPatches, parsedPatches } from './cases/patchSyntax.ts'
import { replaceCases } from './cases/replace.ts'

interface Expected {
  gives?: string
  note?: string
  fails?: [code: string, ...says: string[]]
}

function check(text: string, result: Found | Failure, { gives, note, fails }: Expected): void {
  if ('kind' in result) {
    const [code, ...says] = fails ?? ['']
    expect(`${result.code}: ${result.message}`).toMatch(new RegExp(`^${code}:`))
    for (const words of says) expect(result.message).toContain(words)
    return
  }
  expect(applyEdits(text, ordered(result.edits, text.length))).toBe(gives)
  if (note === undefined) expect(result.note).toBeUndefined()
  else expect(result.note).toContain(note)
}

it('there are enough cases', () => {
  const tables = [replaceCases, insertCases, patchCases, parsedPatches, malformedPatches]
  const names = tables.flatMap((cases, table) => cases.map(({ name }) => `${table} ${name}`))
  expect(names.length).toBeGreaterThanOrEqual(150)
  for (const cases of tables) for (const one of cases) expect(one.name).not.toBe('')
})

describe('edit_file', () => {
  it.each(replaceCases)('$name', (one) => check(one.text, replaceText(one.text, one.edits), one))
})

it('an edit touches only what differs', () => {
  expect(replaceText('keep old keep', [{ oldText: 'keep old keep', newText: 'keep new keep' }])).toEqual({
    edits: [{ start: 5, end: 8, text: 'new' }],
  })
})

describe('insert_text', () => {
  it.each(insertCases)('$name', (one) => check(one.text ?? '', insertText(one.text, one.insertion), one))
})

describe('apply_patch', () => {
  it.each(patchCases)('$name', (one) => {
    const parsed = parsePatch(`*** Begin Patch\n*** Update File: f\n${one.hunks}\n*** End Patch`)
    const [file] = parsed.kind === 'patch' ? parsed.files : []
    if (file?.kind !== 'update') throw new Error(JSON.stringify(parsed))
    check(one.text, applyHunks(one.text, file.hunks), one)
  })
  it.each(parsedPatches)('reads $name', ({ patch, files }) => {
    expect(parsePatch(patch)).toEqual({ kind: 'patch', files })
  })
  it.each(malformedPatches)('refuses $name', ({ patch, says }) => {
    const parsed = parsePatch(patch)
    expect(parsed).toMatchObject({ kind: 'failed', code: 'malformed_patch' })
    for (const words of says) expect('message' in parsed && parsed.message).toContain(words)
    expect('message' in parsed && parsed.message).toContain('Nothing was changed. A patch is: *** Begin Patch')
  })
})
