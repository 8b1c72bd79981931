import * as fc from 'fast-check'
import { expect, it } from 'vitest'
import { describe as describeAction } from '../../../../src/core/approvals/describe.ts'
import { fingerprint } from '../../../../src/core/approvals/fingerprint.ts'
import { visible, visibleName } from '../../../../src/core/approvals/visible.ts'
import type { Action } from '../../../../src/core/tools/tool.ts'
import { named } from './place.ts'

const runs = { seed: 17, numRuns: 2000 }
const tricky = fc.string({
  unit: fc.oneof(
    fc.constantFrom(' ', '\n', '\t', '\r', '\u001b', '\u202E', '\u200B', '⟦', '⟧', '⏎', 'U', '+', '9', '\u00A0'),
    fc.constantFrom(' '.repeat(9), ' '.repeat(10), '\n'.repeat(9), '\n'.repeat(10), ' spaces', ' line ends', '\\'),
    fc.string({ unit: 'binary', minLength: 1, maxLength: 1 }),
  ),
})
const unseen = /[^\P{C}\n]|[\p{Zl}\p{Zp}\p{Default_Ignorable_Code_Point}\u2800\u00A0]/u

it.each([
  ['rm \u202Etxt.exe', 'rm ⟦U+202E⟧txt.exe'],
  ['a\u200Bb', 'a⟦U+200B⟧b'],
  ['\u001b[2Jls', '⟦U+001B⟧[2Jls'],
  ['ls\r\nrm', 'ls⟦U+000D⟧⏎\nrm'],
  [`ls${' '.repeat(200)}; rm`, 'ls⟦200 spaces⟧; rm'],
  [`ls${'\n'.repeat(60)}rm`, 'ls⟦60 line ends⟧\nrm'],
  ['ls\u2028rm', 'ls⟦U+2028⟧rm'],
  ['a\u{E0041}b', 'a⟦U+E0041⟧b'],
  ['x\u3164=1', 'x⟦U+3164⟧=1'],
  ['⟦U+202E⟧', '⟦U+27E6⟧U+202E⟦U+27E7⟧'],
  ['git commit -m "naïve 日本"', 'git commit -m "naïve 日本"'],
])('shows %j as %j', (text, shown) => expect(visible(text)).toBe(shown))

it('leaves nothing unseen but line ends', () => {
  fc.assert(
    fc.property(tricky, (text) => !unseen.test(visible(text)) && !/ {9}|\n\n/.test(visible(text))),
    runs,
  )
  fc.assert(
    fc.property(tricky, (text) => !/\p{C}/u.test(visibleName(text))),
    runs,
  )
})

it('shows different texts differently: the text can be read back', () => {
  const back = (shown: string): string =>
    shown.replaceAll(/⏎\n|⟦(\d+) line ends⟧\n|⟦(\d+) spaces⟧|⟦U\+([0-9A-F]+)⟧/g, (_all, ends, spaces, code) => {
      if (ends !== undefined) return '\n'.repeat(Number(ends))
      if (spaces !== undefined) return ' '.repeat(Number(spaces))
      return code === undefined ? '\n' : String.fromCodePoint(Number.parseInt(String(code), 16))
    })
  fc.assert(
    fc.property(tricky, (text) => back(visible(text)) === text),
    runs,
  )
})

it('shows the file that a link leads to, and all of the input that no diff shows', () => {
  const action: Action = { kind: 'edit', targets: [named('b.ts', { asked: '/w/link' })] }
  expect(describeAction('write_file', { path: 'link', content: 'a\u202Eb' }, action, undefined)).toBe(
    'b.ts  (/w/b.ts)\npath: link\ncontent: a⟦U+202E⟧b',
  )
  const preview = { path: 'b.ts', uri: '', kind: 'modified' as const, added: 1, removed: 0, diff: [], saved: true }
  expect(describeAction('write_file', { content: 'x' }, action, [{ ...preview, omitted: 0 }])).toBe('b.ts  (/w/b.ts)')
  expect(describeAction('write_file', { content: 'x' }, action, [{ ...preview, omitted: 3 }])).toContain('content: x')
})

it('shows a script whole, with what is not seen in it', () => {
  const code = `${'x = 1\n'.repeat(2_000)}print("\u202e")`
  const shown = describeAction(
    'execute_code',
    { code: 'other' },
    { kind: 'script', language: 'python', code, cwd: '/w' },
    undefined,
  )
  expect(shown.match(/x = 1⏎/g)).toHaveLength(2_000)
  expect(shown).toContain('print("⟦U+202E⟧")')
})

it('identifies a call by all that it means, and not by the order of its keys', () => {
  const edit = (path: string): Action => ({ kind: 'edit', targets: [named('a', { path })] })
  const run = (command: string, cwd: string): Action => ({ kind: 'command', command, cwd })
  const script = (code: string, language: 'javascript' | 'python', cwd: string): Action => ({
    kind: 'script',
    language,
    code,
    cwd,
  })
  const prints = [
    fingerprint('t', { a: 1, b: [1, { c: 2, d: 3 }] }, edit('/w/a')),
    fingerprint('u', { a: 1, b: [1, { c: 2, d: 3 }] }, edit('/w/a')),
    fingerprint('t', { a: 1, b: [{ c: 2, d: 3 }, 1] }, edit('/w/a')),
    fingerprint('t', { a: 1, b: [1, { c: 2, d: 3 }] }, edit('/else/a')),
    fingerprint('t', {}, run('ls', '/w')),
    fingerprint('t', {}, run('ls ', '/w')),
    fingerprint('t', {}, run('ls', '/w/x')),
    fingerprint('t', {}, script('ls', 'python', '/w')),
    fingerprint('t', {}, script('ls', 'javascript', '/w')),
    fingerprint('t', {}, script('ls', 'python', '/w/x')),
    fingerprint('t', {}, script('ls ', 'python', '/w')),
  ]
  expect(new Set(prints).size).toBe(prints.length)
  expect(fingerprint('t', { b: [1, { d: 3, c: 2 }], a: 1 }, edit('/w/a'))).toBe(prints[0])
})

it('shows a text for a process whole, with which process that is', () => {
  const action: Action = { kind: 'input', process: 'db', title: 'psql shop', text: 'drop\u202e table;\n' }
  const shown = describeAction('process', { action: 'write' }, action, undefined)
  expect(shown).toMatch(/^to db \(psql shop\):\ndrop⟦U\+202E⟧ table;/)
  const print = (more: Partial<typeof action>) => fingerprint('process', {}, { ...action, ...more })
  expect(new Set([print({}), print({ process: 'db-2' }), print({ title: 'sh' }), print({ text: 'x' })]).size).toBe(4)
})
