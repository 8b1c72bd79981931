import assert from 'node:assert/strict'
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import * as vscode from 'vscode'
import { LockedDocuments } from '../../src/core/edits/lockedDocuments.ts'
import { Locks } from '../../src/core/scheduling/locks.ts'
import { neverCancelled } from '../../src/core/scheduling/cancellation.ts'
import { editFile } from '../../src/core/tools/editFile.ts'
import { ProblemNews } from '../../src/core/tools/problemNews.ts'
import { ReadVersions } from '../../src/core/tools/readVersions.ts'
import { systemClock } from '../../src/host/clock.ts'
import { windowDiagnostics } from '../../src/host/diagnostics.ts'
import { WindowStore } from '../../src/host/documents/windowStore.ts'
import { windowWorkspace } from '../../src/host/workspace.ts'
import { noCalls, someTurn } from '../support/openGate.ts'

/** A language service that takes its time: each line with `wrong` in it is an error. */
function checker(): vscode.Disposable {
  const found = vscode.languages.createDiagnosticCollection('checker')
  const check = (document: vscode.TextDocument): void => {
    if (!document.fileName.endsWith('.checked')) return
    const lines = document.getText().split('\n')
    const wrong = lines.flatMap((text, line) => (text.includes('wrong') ? [{ text, line }] : []))
    const problems = wrong.map(
      ({ text, line }) => new vscode.Diagnostic(new vscode.Range(line, 0, line, text.length), `Not ${text}`),
    )
    setTimeout(() => found.set(document.uri, problems), 100)
  }
  const listener = vscode.workspace.onDidChangeTextDocument(({ document }) => check(document))
  const opened = vscode.workspace.onDidOpenTextDocument(check)
  return vscode.Disposable.from(found, listener, opened)
}

describe('an edit', () => {
  it('is told of the problems that it caused, and of no others', async () => {
    const service = checker()
    const workspace = windowWorkspace()
    const diagnostics = windowDiagnostics(workspace)
    const path = join(workspace.folders()[0]?.path ?? '', 'a.checked')
    await writeFile(path, 'old wrong\nfine\n')
    const spoken = new Promise<void>((resolve) => {
      const listener = diagnostics.onChanged(() => {
        listener.dispose()
        resolve()
      })
    })
    await vscode.workspace.openTextDocument(path)
    await spoken
    const store = new WindowStore(workspace)
    const documents = new LockedDocuments({ store, locks: new Locks(), clock: systemClock, savePolicy: () => 'clean' })
    const news = new ProblemNews(diagnostics, systemClock)
    const tool = editFile({ documents, workspace, versions: new ReadVersions(), news })
    const edit = async (from: string, to: string): Promise<string> => {
      const plan = await tool.plan({ path: 'a.checked', edits: [{ old_text: from, new_text: to }] })
      assert.ok('run' in plan)
      const nothing = (): undefined => undefined
      const ask = (): Promise<string> => Promise.resolve('')
      const owner = { ...someTurn, callId: 'c1' }
      const progress = {
        owner,
        reach: 'user' as const,
        permits: async () => true,
        output: nothing,
        waiting: nothing,
        onBackground: nothing,
      }
      const result = await plan.run({ ...progress, children: () => noCalls, ask }, neverCancelled)
      assert.equal(result.kind, 'completed')
      return result.kind === 'completed' ? result.text : ''
    }
    const caused = await edit('fine', 'new wrong')
    assert.match(caused, /New problems since:\n.*a\.checked:2.*Not new wrong/)
    assert.doesNotMatch(caused, /old wrong/)
    assert.doesNotMatch(await edit('new wrong', 'fine'), /New problems/)
    service.dispose()
    diagnostics.dispose()
  })
})
