import { describe, expect, it } from 'vitest'
import { plainLine } from '../../../src/host/plainText.ts'

describe('plainLine', () => {
  it('leaves no link that a notification would run', () => {
    expect(plainLine('[Allow](command:workbench.trust.manage)')).not.toContain('](')
    expect(plainLine('[Allow]\u200B(command:x)')).not.toContain('](')
    expect(plainLine('[Allow]\n(command:x)')).not.toContain('](')
  })

  it('takes control and direction characters and long runs of spaces out', () => {
    expect(plainLine('a\u001B[31m\u202Eb   \t c\u2028d')).toBe('a [31m b c d')
  })

  it('is cut with a sign', () => {
    expect(plainLine('abcdef', 4)).toBe('abc…')
  })
})
