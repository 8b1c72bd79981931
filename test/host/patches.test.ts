import assert from 'node:assert/strict'
import { existsSync } from 'node:fs'
import { chmod, mkdir, readFile, stat, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import * as vscode from 'vscode'
import { LockedDocuments } from '../../src/core/edits/lockedDocuments.ts'
import type { Workspace } from '../../src/core/ports.ts'
import { neverCancelled } from '../../src/core/scheduling/cancellation.ts'
import { Locks } from '../../src/core/scheduling/locks.ts'
import { applyPatch } from '../../src/core/tools/applyPatch.ts'
import { ReadVersions } from '../../src/core/tools/readVersions.ts'
import { symbols, type SymbolsInput } from '../../src/core/tools/symbols.ts'
import type { CallProgress, Tool } from '../../src/core/tools/tool.ts'
import { noNews } from '../support/noLanguages.ts'
import { systemClock } from '../../src/host/clock.ts'
import { WindowStore } from '../../src/host/documents/windowStore.ts'
import { windowLanguages } from '../../src/host/languages.ts'
import { noCalls } from '../support/openGate.ts'

const root = vscode.workspace.workspaceFolders?.[0]
const folder = root?.uri.fsPath ?? ''
const workspace: Workspace = { folders: () => [{ name: root?.name ?? '', path: folder }], trusted: () => true }
const progress: CallProgress = {
  owner: { sessionId: 's1', turnId: 't1', callId: 'c1' },
  reach: 'user',
  permits: async () => true,
  children: () => noCalls,
  output() {},
  waiting() {},
  onBackground() {},
  ask: () => Promise.resolve(''),
}

function ports(change?: (store: WindowStore) => void) {
  const store = new WindowStore(workspace)
  change?.(store)
  const documents = new LockedDocuments({ store, locks: new Locks(), clock: systemClock, savePolicy: () => 'clean' })
  return { documents, workspace, versions: new ReadVersions(), languages: windowLanguages(workspace), news: noNews }
}

async function call<Input>(tool: Tool<Input>, input: unknown): Promise<string> {
  const plan = await tool.plan(tool.input.parse(input))
  const result = 'kind' in plan ? plan : await plan.run(progress, neverCancelled)
  if (result.kind === 'cancelled') return result.partial
  if (result.kind === 'backgrounded') return result.background.id
  return result.kind === 'failed' ? `${result.code}: ${result.message}` : result.text
}

const patch = (lines: string): { patch: string } => ({ patch: `*** Begin Patch\n${lines}\n*** End Patch` })
const at = (name: string): string => join(folder, name)
const text = (name: string): Promise<string> => readFile(at(name), 'utf8')

async function write(files: Record<string, string>): Promise<void> {
  for (const [name, content] of Object.entries(files)) {
    await mkdir(dirname(at(name)), { recursive: true })
    await writeFile(at(name), content)
  }
}

const FILES = { 'p/a.txt': '\uFEFFone\r\ntwo\r\n', 'p/b.txt': 'three\n', 'p/c.sh': '\uFEFFfour\r\nfünf\n' }
const EVERY = [
  '*** Update File: p/a.txt\n one\n-two\n+2',
  '*** Update File: p/b.txt\n*** Move to: p/sub/b.txt\n-three\n+3',
  '*** Add File: p/new.txt\n+new',
  '*** Delete File: p/c.sh',
].join('\n')

describe('a patch in VS Code', () => {
  beforeEach(async () => {
    await vscode.commands.executeCommand('workbench.action.closeAllEditors')
    await vscode.workspace.fs.delete(vscode.Uri.file(at('p')), { recursive: true }).then(undefined, () => undefined)
    await write(FILES)
    await chmod(at('p/c.sh'), 0o755)
  })

  it('changes, moves, makes and deletes files, bytes outside of the hunks kept', async () => {
    await vscode.window.showTextDocument(vscode.Uri.file(at('p/b.txt')))
    const result = await call(applyPatch(ports()), patch(EVERY))
    assert.match(result, /^Edited p\/a\.txt: \+1 −1, saved\.\nMoved p\/b\.txt to p\/sub\/b\.txt: \+1 −1, saved\.\n/)
    assert.deepEqual([await text('p/a.txt'), await text('p/sub/b.txt')], ['\uFEFFone\r\n2\r\n', '3\n'])
    assert.deepEqual(
      [await text('p/new.txt'), existsSync(at('p/b.txt')), existsSync(at('p/c.sh'))],
      ['new\n', false, false],
    )
    const dirty = vscode.workspace.textDocuments.filter(({ isDirty }) => isDirty)
    assert.deepEqual(dirty, [])
  })

  it('puts everything back, byte for byte, when its last part fails', async () => {
    const failing = ports((store) => {
      const remove = store.remove.bind(store)
      let count = 0
      store.remove = async (target, seen) =>
        ++count === 2 ? { kind: 'failed', code: 'refused', message: 'No.' } : remove(target, seen)
    })
    await write({ 'p/last.txt': 'last\n' })
    const result = await call(applyPatch(failing), patch(`${EVERY}\n*** Delete File: p/last.txt`))
    assert.match(result, /^refused: No\. What had been changed before that was put back: nothing is changed\./)
    for (const [name, content] of Object.entries(FILES)) assert.equal(await text(name), content)
    assert.equal((await stat(at('p/c.sh'))).mode & 0o777, 0o755)
    assert.deepEqual([existsSync(at('p/new.txt')), existsSync(at('p/sub/b.txt'))], [false, false])
    assert.deepEqual(
      vscode.workspace.textDocuments.filter(({ isDirty }) => isDirty),
      [],
    )
  })

  it('neither deletes nor moves what the user has not saved', async () => {
    const editor = await vscode.window.showTextDocument(vscode.Uri.file(at('p/b.txt')))
    await editor.edit((edit) => edit.insert(new vscode.Position(0, 0), 'mine '))
    const result = await call(applyPatch(ports()), patch(EVERY))
    assert.match(result, /^unsaved_changes: p\/b\.txt has unsaved changes/)
    assert.deepEqual([await text('p/a.txt'), editor.document.getText()], [FILES['p/a.txt'], 'mine three\n'])
    await vscode.commands.executeCommand('workbench.action.files.revert')
  })
})

describe('symbols in VS Code, of its own TypeScript', () => {
  const FILES_TS = {
    'ts/tsconfig.json': '{ "compilerOptions": { "strict": true }, "include": ["*.ts"] }',
    'ts/sum.ts': 'export function total(list: number[]): number {\n  return list.length\n}\n',
    'ts/use.ts':
      "import { total } from './sum'\r\n\r\nconst subtotal = total([1])\r\nconsole.log(subtotal, 'total')\r\n",
  }
  const ask = (input: SymbolsInput): Promise<string> => call(symbols(ports()), input)
  before(async function () {
    this.timeout(120_000)
    await write(FILES_TS)
    // The service answers from single files until it has read the project.
    for (;;) {
      const found = await ask({ action: 'definition', path: 'ts/use.ts', symbol: 'total', line: 3 })
      if (found.startsWith('ts/sum.ts')) return
      await new Promise((resolve) => setTimeout(resolve, 200))
    }
  })

  it('finds the definition and the references of a name', async () => {
    assert.equal(
      await ask({ action: 'definition', path: 'ts/use.ts', symbol: 'total', line: 3 }),
      'ts/sum.ts:1 export function total(list: number[]): number {',
    )
    const references = await ask({ action: 'references', path: 'ts/sum.ts', symbol: 'total' })
    assert.deepEqual(
      references.split('\n').map((line) => line.split(' ')[0]),
      ['ts/sum.ts:1', 'ts/use.ts:1', 'ts/use.ts:3'],
    )
    assert.match(await ask({ action: 'find', query: 'subtotal' }), /^ts\/use\.ts:3 .*subtotal/m)
  })

  it('renames it in all files, and nothing that only looks like it', async () => {
    const result = await ask({ action: 'rename', path: 'ts/use.ts', symbol: 'total', new_name: 'sum' })
    assert.match(result, /Edited ts\/use\.ts: \+2 −2, saved\./)
    assert.match(await text('ts/sum.ts'), /^export function sum\(/)
    assert.equal(
      await text('ts/use.ts'),
      FILES_TS['ts/use.ts'].replace('{ total }', '{ sum }').replace('= total(', '= sum('),
    )
  })

  it('says what the service says of what cannot be renamed', async () => {
    const result = await ask({ action: 'rename', path: 'ts/use.ts', symbol: 'const', new_name: 'x' })
    assert.match(result, /^(?:refused|not_found|not_matched): /)
  })
})
