import assert from 'node:assert/strict'
import { access, readFile, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import * as vscode from 'vscode'
import type { StrettoApi } from '../../src/host/api.ts'
import { call, reply, text } from '../support/model/scriptedModel.ts'
import { nextEvent, setUserSetting, stretto, withModel } from './withModel.ts'

const BEFORE = 'one\ntwo\nthree\nfour\nfive\nsix\nseven\n'

/** A turn that has changed a file in three places; the file is shown. */
interface Reviewed extends AsyncDisposable {
  api: StrettoApi
  sessionId: string
  path: string
  editor: vscode.TextEditor
}

const edits = ['two', 'four', 'six'].map((word) => ({ old_text: `${word}\n`, new_text: `${word.toUpperCase()}\n` }))

function folder(): string {
  const [first] = vscode.workspace.workspaceFolders ?? []
  if (first === undefined) throw new Error('no folder is open')
  return first.uri.fsPath
}

async function reviewed(name: string): Promise<Reviewed> {
  const api = await stretto()
  const path = join(folder(), name)
  await writeFile(path, BEFORE)
  await setUserSetting('approvals.mode', 'edits')
  await using _model = await withModel(
    reply(text('Now.'), call('edit_file', { path: name, edits })),
    reply(text('Done.')),
  )
  const { sessionId, status } = await api.ask('Change it')
  assert.equal(status, 'completed')
  const editor = await vscode.window.showTextDocument(vscode.Uri.file(path))
  await untilLenses(editor.document, 3)
  return {
    api,
    sessionId,
    path,
    editor,
    [Symbol.asyncDispose]: async () => {
      await vscode.window.showTextDocument(editor.document)
      await vscode.commands.executeCommand('workbench.action.files.revert')
      await vscode.commands.executeCommand('workbench.action.closeActiveEditor')
      await rm(path, { force: true })
      await setUserSetting('approvals.mode', undefined)
    },
  }
}

async function lenses(document: vscode.TextDocument): Promise<vscode.CodeLens[]> {
  const all = await vscode.commands.executeCommand<vscode.CodeLens[]>(
    'vscode.executeCodeLensProvider',
    document.uri,
    100,
  )
  return all.filter(({ command }) => command?.command.startsWith('stretto.'))
}

/** Settles when so many hunks are to be reviewed; gives the lines of them. */
async function untilLenses(document: vscode.TextDocument, hunks: number): Promise<number[]> {
  for (;;) {
    const accepts = (await lenses(document)).filter(({ command }) => command?.title === 'Accept')
    if (accepts.length === hunks) return accepts.map(({ range }) => range.start.line)
    await new Promise((resolve) => setTimeout(resolve, 20))
  }
}

async function press(document: vscode.TextDocument, title: string, nth: number): Promise<void> {
  const lens = (await lenses(document)).filter(({ command }) => command?.title === title)[nth]?.command
  assert.ok(lens, `there is no ${title} ${nth}`)
  await vscode.commands.executeCommand(lens.command, ...(lens.arguments ?? []))
}

async function type(editor: vscode.TextEditor, line: number, text: string): Promise<void> {
  assert.ok(await editor.edit((edit) => edit.insert(new vscode.Position(line, 0), text)))
}

function verdicts({ api, sessionId }: Reviewed): string[] {
  return api.state(sessionId)?.turns[0]?.reviews?.[0]?.verdicts.map(({ verdict }) => verdict) ?? []
}

describe('the review of a turn’s changes', () => {
  it('stands above each hunk, and moves with what the user types', async () => {
    await using review = await reviewed('lenses.txt')
    const { document } = review.editor
    assert.deepEqual(await untilLenses(document, 3), [1, 3, 5])
    const titles = (await lenses(document)).map(({ command }) => command?.title)
    assert.deepEqual(titles.slice(0, 3), ['Accept', 'Reject', 'Accept all in file'])
    await type(review.editor, 0, 'mine\n')
    assert.deepEqual(await untilLenses(document, 3), [2, 4, 6])
  }).timeout(120_000)

  it('takes one hunk of three back and keeps what was typed between; undo brings the hunk back', async () => {
    await using review = await reviewed('reject.txt')
    const { editor, path } = review
    const { document } = editor
    await type(editor, 3, 'mine\n')
    await untilLenses(document, 3)
    await press(document, 'Reject', 1)
    assert.equal(document.getText(), 'one\nTWO\nthree\nmine\nfour\nfive\nSIX\nseven\n')
    // It held the user's own change, so it is theirs to save.
    assert.equal(document.isDirty, true)
    assert.equal(
      await readFile(path, 'utf8'),
      BEFORE.replace(/two|four|six/g, (word) => word.toUpperCase()),
    )
    assert.deepEqual(verdicts(review), ['rejected'])
    await untilLenses(document, 2)
    const opened = nextEvent(review.api, 'hunksReviewed', ({ verdict }) => verdict === 'open')
    await vscode.commands.executeCommand('undo')
    await opened
    assert.equal(document.getText(), 'one\nTWO\nthree\nmine\nFOUR\nfive\nSIX\nseven\n')
    assert.deepEqual(verdicts(review), [])
    await untilLenses(document, 3)
    const again = nextEvent(review.api, 'hunksReviewed', ({ verdict }) => verdict === 'rejected')
    await vscode.commands.executeCommand('redo')
    await again
    await untilLenses(document, 2)
  }).timeout(120_000)

  it('saves a file that was clean, and leaves the hunks with verdicts alone', async () => {
    await using review = await reviewed('save.txt')
    const { editor, path } = review
    await press(editor.document, 'Accept', 0)
    await press(editor.document, 'Reject', 0)
    assert.equal(await readFile(path, 'utf8'), 'one\nTWO\nthree\nfour\nfive\nSIX\nseven\n')
    await press(editor.document, 'Accept', 0)
    assert.deepEqual(await untilLenses(editor.document, 0), [])
    assert.deepEqual(verdicts(review), ['accepted', 'rejected', 'accepted'])
  }).timeout(120_000)

  it('refuses to take back what the user wrote in, and says which lines', async () => {
    await using review = await reviewed('conflict.txt')
    const { document } = review.editor
    await type(review.editor, 1, 'mine ')
    await untilLenses(document, 3)
    const text = document.getText()
    await press(document, 'Reject', 0)
    assert.equal(document.getText(), text)
    const conflict = review.api.state(review.sessionId)?.turns[0]?.reviews?.[0]?.conflict
    assert.match(conflict ?? '', /^You have written in line 2 of conflict\.txt since/)
    await untilLenses(document, 3)
  }).timeout(120_000)

  it('goes from hunk to hunk, and takes verdicts on the one at the cursor', async () => {
    await using review = await reviewed('keys.txt')
    const { editor } = review
    editor.selection = new vscode.Selection(0, 0, 0, 0)
    await vscode.commands.executeCommand('stretto.nextHunk')
    assert.equal(editor.selection.active.line, 1)
    await vscode.commands.executeCommand('stretto.acceptHunk')
    assert.equal(editor.selection.active.line, 3)
    await vscode.commands.executeCommand('stretto.rejectHunk')
    assert.equal(editor.selection.active.line, 5)
    editor.selection = new vscode.Selection(6, 0, 6, 0)
    await vscode.commands.executeCommand('stretto.previousHunk')
    assert.equal(editor.selection.active.line, 5)
    await vscode.commands.executeCommand('stretto.rejectFile')
    assert.equal(editor.document.getText(), 'one\nTWO\nthree\nfour\nfive\nsix\nseven\n')
    assert.deepEqual(verdicts(review), ['accepted', 'rejected', 'rejected'])
  }).timeout(120_000)

  it('is of the last turn that changed the file', async () => {
    await using review = await reviewed('again.txt')
    const { document } = review.editor
    const more = [{ old_text: 'seven\n', new_text: 'SEVEN\n' }]
    await using _model = await withModel(
      reply(text('More.'), call('edit_file', { path: 'again.txt', edits: more })),
      reply(text('Done.')),
    )
    await review.api.ask('More', { sessionId: review.sessionId })
    assert.deepEqual(await untilLenses(document, 1), [6])
    await press(document, 'Reject', 0)
    assert.equal(document.getText(), 'one\nTWO\nthree\nFOUR\nfive\nSIX\nseven\n')
  }).timeout(120_000)

  it('of a new file removes it, and of the turn opens VS Code’s own diff', async () => {
    const api = await stretto()
    await setUserSetting('approvals.mode', 'edits')
    await using _model = await withModel(
      reply(text('Now.'), call('write_file', { path: 'made.txt', content: 'made\n' })),
      reply(text('Done.')),
    )
    await api.ask('Make it', { reveal: true })
    const path = join(folder(), 'made.txt')
    const { document } = await vscode.window.showTextDocument(vscode.Uri.file(path))
    await untilLenses(document, 1)
    await vscode.commands.executeCommand('stretto.reviewChanges')
    const labels = vscode.window.tabGroups.all.flatMap(({ tabs }) => tabs.map(({ label }) => label))
    assert.ok(
      labels.some((label) => label.startsWith('Stretto: 1 changed')),
      labels.join(', '),
    )
    await vscode.commands.executeCommand('workbench.action.closeActiveEditor')
    await vscode.window.showTextDocument(document)
    await press(document, 'Reject', 0)
    await assert.rejects(access(path))
    await vscode.commands.executeCommand('workbench.action.closeAllEditors')
    await setUserSetting('approvals.mode', undefined)
  }).timeout(120_000)
})
