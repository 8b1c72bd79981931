import { describe, expect, it } from 'vitest'
import { candidatePaths } from '../../../src/host/candidatePaths.ts'

const folders = [
  { name: 'app', path: '/w/app' },
  { name: 'lib', path: '/w/lib' },
]

describe('candidatePaths', () => {
  it('looks in each folder, and under a folder’s name', () => {
    expect(candidatePaths('lib/a.ts', folders)).toEqual(['/w/app/lib/a.ts', '/w/lib/lib/a.ts', '/w/lib/a.ts'])
  })

  it('takes an absolute path as it is', () => {
    expect(candidatePaths('/etc/hosts', folders)).toEqual(['/etc/hosts'])
  })

  it.each(['\\\\host\\share\\a', '//host/share/a', 'a\0b'])('does not look for %j', (path) => {
    expect(candidatePaths(path, folders)).toEqual([])
  })
})
