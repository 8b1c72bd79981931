import { basename, dirname, join, relative } from 'node:path'
import type { ApprovalMode } from '../../../src/protocol/messages.ts'
import { type Arena, CANARY, type Deed, type Outcome } from './arena.ts'

/** What is in a file that a route needs. */
export const TEXT = 'before\nname\n'

/** One way to write to a path of the workspace. */
export interface Route {
  name: string
  /** Whether there must be a file for it to work on. */
  needsFile: boolean
  attempt(arena: Arena, path: string, mode: ApprovalMode): Promise<Outcome[]>
}

const patch = (...lines: string[]): Deed => ({
  tool: 'apply_patch',
  input: { patch: ['*** Begin Patch', ...lines, '*** End Patch'].join('\n') },
})
const write = (path: string): Deed => ({ tool: 'write_file', input: { path, content: CANARY } })

function plain(name: string, needsFile: boolean, deeds: (path: string) => Deed[]): Route {
  return { name, needsFile, attempt: (arena, path, mode) => arena.attempt(mode, deeds(path)) }
}

const byScript: Route = {
  name: 'a script’s call',
  needsFile: false,
  attempt: (arena, path, mode) => arena.attemptByScript(mode, [write(path)]),
}

const byAmendment: Route = {
  name: 'an edit that is shown first',
  needsFile: false,
  attempt: (arena, path, mode) => {
    const settings = {
      approvals: mode,
      review: 'before' as const,
      parallelCalls: 8,
      commandSeconds: 60,
      outputBytes: 9_000,
    }
    return arena.attempt(mode, [write(path)], { settings: () => settings })
  },
}

const byLink: Route = {
  name: 'a link to the file',
  needsFile: false,
  attempt: async (arena, path, mode) => {
    await arena.link('project/innocent.txt', arena.path(join('project', path)))
    return arena.attempt(mode, [write('innocent.txt')])
  },
}

const byFolderLink: Route = {
  name: 'a link to its folder',
  needsFile: false,
  attempt: async (arena, path, mode) => {
    await arena.link('project/innocent', arena.path(join('project', dirname(path))))
    return arena.attempt(mode, [write(`innocent/${basename(path)}`)])
  },
}

const byChainOfLinks: Route = {
  name: 'links through each other',
  needsFile: false,
  attempt: async (arena, path, mode) => {
    await arena.link('project/sub/first', '../second')
    await arena.link('project/second', path)
    return arena.attempt(mode, [write('sub/first')])
  },
}

const byRename: Route = {
  name: 'the rename of a symbol',
  needsFile: true,
  attempt: (arena, path, mode) => {
    const physical = arena.path(join('project', path))
    const target = { path: physical, asked: physical, display: relative(arena.path('project'), physical), inside: true }
    const start = { line: 2, column: 1 }
    arena.renames = [{ target, edits: [{ start, end: { line: 2, column: 5 }, text: CANARY }] }]
    const input = { action: 'rename', path: 'src/a.ts', symbol: 'name', new_name: CANARY }
    // Its language service claims that the symbol is in that file too.
    return arena.attempt(mode, [{ tool: 'symbols', input }])
  },
}

const edits = [{ old_text: 'before', new_text: CANARY }]

export const routes: readonly Route[] = [
  plain('write_file', false, (path) => [write(path)]),
  plain('write_file over it', true, (path) => [{ tool: 'read_file', input: { path } }, write(path)]),
  plain('write_file, its absolute path twisted', false, (path) => [write(`src/../src/.././${path}`)]),
  plain('edit_file', true, (path) => [{ tool: 'edit_file', input: { path, edits } }]),
  plain('insert_text', false, (path) => [{ tool: 'insert_text', input: { path, text: CANARY } }]),
  plain('insert_text into it', true, (path) => [{ tool: 'insert_text', input: { path, text: CANARY, line: 1 } }]),
  plain('a patch that adds it', false, (path) => [patch(`*** Add File: ${path}`, `+${CANARY}`)]),
  plain('a patch that updates it', true, (path) => [patch(`*** Update File: ${path}`, '@@', '-before', `+${CANARY}`)]),
  plain('a patch that deletes it', true, (path) => [patch(`*** Delete File: ${path}`)]),
  plain('a patch that moves it away', true, (path) => [
    patch(`*** Update File: ${path}`, '*** Move to: away.txt', '@@', '-before', '+x'),
  ]),
  plain('a patch that moves a file to it', false, (path) => [
    patch('*** Update File: notes.txt', `*** Move to: ${path}`, '@@', '-before', `+${CANARY}`),
  ]),
  plain('a patch that hides it among others', false, (path) => [
    patch('*** Add File: fine.txt', '+x', `*** Add File: ${path}`, `+${CANARY}`, '*** Add File: good.txt', '+x'),
  ]),
  byScript,
  byAmendment,
  byLink,
  byFolderLink,
  byChainOfLinks,
  byRename,
]
