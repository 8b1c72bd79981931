import { describe, expect, it } from 'vitest'
import { type CodeFile, type CodeProblem, problemContext, selectionContext } from '../../../src/host/codeContext.ts'

const file = (count: number): CodeFile => ({
  path: 'src/a.ts',
  language: 'typescript',
  lines: Array.from({ length: count }, (_, index) => `line ${index + 1};`),
})
const problem = (line: number, message = 'is wrong'): CodeProblem => ({
  startLine: line,
  startColumn: 5,
  endLine: line,
  endColumn: 9,
  severity: 'error',
  message,
  source: 'ts',
  code: '2322',
})

describe('problemContext', () => {
  it('says file, range, message and source, and shows 20 lines on either side', () => {
    const text = problemContext(file(100), [problem(50)])
    expect(text).toContain('File: src/a.ts (typescript)')
    expect(text).toContain('- error, line 50, column 5 to line 50, column 9 (ts 2322): is wrong')
    expect(text).toContain('Lines 30 to 70:\n30 | line 30;')
    expect(text).toContain('70 | line 70;')
    expect(text).not.toMatch(/line (29|71);/)
  })

  it('leaves out what is not known', () => {
    const { source: _source, code: _code, ...bare } = problem(1)
    expect(problemContext(file(1), [bare])).toContain('column 9: is wrong')
  })

  it('shows lines between near problems once', () => {
    const text = problemContext(file(100), [problem(30), problem(10)])
    expect(text.match(/^Lines /gm)).toHaveLength(1)
    expect(text.match(/\| line 20;$/gm)).toHaveLength(1)
  })

  it('stays bounded, and says what it leaves out', () => {
    const problems = Array.from({ length: 500 }, (_, index) => problem(index * 100 + 1, 'x'.repeat(10_000)))
    const long: CodeFile = { ...file(50_000), lines: Array.from({ length: 50_000 }, () => 'y'.repeat(5000)) }
    const text = problemContext(long, problems)
    expect(text.length).toBeLessThan(400_000)
    expect(text).toContain('and 450 more')
  })
})

describe('selectionContext', () => {
  it('says what is selected and marks lines by number', () => {
    const text = selectionContext(file(3), { startLine: 2, startColumn: 1, endLine: 3, endColumn: 4 })
    expect(text).toContain('Selected: line 2, column 1 to line 3, column 4')
    expect(text).toContain('Lines 1 to 3:\n1 | line 1;\n2 | line 2;\n3 | line 3;')
  })

  it('says how much of a huge selection is not shown', () => {
    const text = selectionContext(file(2000), { startLine: 1, startColumn: 1, endLine: 2000, endColumn: 1 })
    expect(text).toContain('… 1600 more lines')
  })
})
