/** Row 20 of the attacks: names that would be an option, a command or markup, if they were not names. */
import { describe, expect, it } from 'vitest'
import { Arena, CANARY, type Deed } from './arena.ts'

const names = [
  `$(touch ${CANARY})`,
  `\`touch ${CANARY}\``,
  `;touch ${CANARY};`,
  `--pre=touch`,
  '--hidden',
  '--files-with-matches',
  '-e',
  '-',
  `|touch ${CANARY}`,
  `&& touch ${CANARY}`,
  '<img src=x onerror=alert(1)>',
  '%s%n',
  '${IFS}',
  `'; touch ${CANARY}; '`,
  '--',
  '!history',
]

describe.each(names)('%j', (name) => {
  it('is a name like any other, to read, edit, find and search', async () => {
    await using arena = await Arena.open({
      [`project/dir/${name}`]: 'before\nname\n',
      [`project/${name}.txt`]: 'before\n',
    })
    const path = `dir/${name}`
    const deeds: Deed[] = [
      { tool: 'read_file', input: { path } },
      { tool: 'find_files', input: { glob: name } },
      { tool: 'find_files', input: { glob: `${name}.txt` } },
      { tool: 'search_files', input: { pattern: name, literal: true } },
      { tool: 'search_files', input: { pattern: 'before', glob: name } },
      { tool: 'search_files', input: { pattern: 'before', glob: path } },
      { tool: 'edit_file', input: { path, edits: [{ old_text: 'before', new_text: 'after' }] } },
      { tool: 'insert_text', input: { path, text: 'more' } },
      { tool: 'terminal', input: { command: 'true', name } },
    ]
    const outcomes = await arena.attempt('all', deeds)
    expect(outcomes[0]?.result).toContain('before')
    const after = await arena.snapshot()
    expect(after[`project/${path}`]).toMatch(/^after\n/)
    expect(Object.keys(after).filter((file) => file.endsWith(CANARY) && !file.includes(name))).toEqual([])
    expect(Object.keys(after)).toHaveLength(7)
  })

  it('is a folder like any other, to run in', async () => {
    await using arena = await Arena.open({ [`project/${name}/inside.txt`]: 'x' })
    const [outcome] = await arena.attempt('all', [{ tool: 'terminal', input: { command: 'ls', cwd: name } }])
    expect(outcome?.result).toBe('exit code 0\ninside.txt\n')
    expect(Object.keys(await arena.snapshot()).filter((file) => file.endsWith(`project/${CANARY}`))).toEqual([])
  })
})
