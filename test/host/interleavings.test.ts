import assert from 'node:assert/strict'
import { appendFileSync, existsSync, readFileSync, utimesSync } from 'node:fs'
import { Mutex } from 'async-mutex'
import * as fc from 'fast-check'
import * as vscode from 'vscode'
import { applyEdits, normalise } from '../../src/core/edits/textEdits.ts'
import { versionOf } from '../../src/core/edits/version.ts'
import type { Compute, Documents, Failure, FileTarget, Receipt } from '../../src/core/ports.ts'
import { CancellationSource, CancelledError } from '../../src/core/scheduling/cancellation.ts'
import { bufferOf } from '../../src/host/documents/buffers.ts'
import { type Action, addLine, format, scripts, timesIn } from '../support/editScripts.ts'
import { windowWorld, type WindowWorld } from './support/documentsWorld.ts'

const STORIES = 500
/** Stories, each of a file of its own, that go on at the same time. */
const AT_ONCE = 8
const START = '\uFEFFfirst\r\nmiddle\r\nlast\r\n'

interface Ending {
  result: Receipt | Failure | 'cancelled'
  disk: string
  buffer: { text: string; dirty: boolean } | undefined
  computed: { before: string | undefined; after: string } | undefined
}

const activeEditor = new Mutex()

/** One file in VS Code, and all that happens to it. */
class Story {
  readonly owed = new Set<string>()
  readonly written = new Set<string>()
  readonly endings = new Map<string, Promise<Ending>>()
  /** Lines that the user's undo took back, whoever had added them. */
  readonly undone = new Set<string>()
  readonly #target: FileTarget
  readonly #documents: Documents
  #open = 0

  constructor(target: FileTarget, documents: Documents) {
    this.#target = target
    this.#documents = documents
  }

  get disk(): string {
    return normalise(readFileSync(this.#target.path, 'utf8').replace(/^\uFEFF/, ''))
  }

  get buffer(): vscode.TextDocument | undefined {
    return bufferOf(this.#target.path)
  }

  get text(): string {
    return this.buffer === undefined ? this.disk : normalise(this.buffer.getText())
  }

  async run(action: Action, index: number): Promise<void> {
    switch (action.kind) {
      case 'edit':
        return this.#edit(`edit-${index}`, action)
      case 'type':
        return this.#type(`typed-${index}`, action.where)
      case 'save':
        await (await this.#opened()).save()
        return
      case 'disk':
        return this.#write(`disk-${index}`)
      case 'touch':
        if (this.#open === 0) utimesSync(this.#target.path, new Date(), new Date())
        return
      case 'close':
        return this.#close()
      case 'undo':
        return this.#undo()
      case 'revert':
      case 'delete':
      case 'format':
        // They act on all files, or take away what the checks go by: they have tests of their own.
        return
    }
  }

  check(line: string, { result, disk, buffer, computed }: Ending): void {
    const times = timesIn(this.text, line)
    if (result === 'cancelled' || (result.kind === 'failed' && result.change === undefined)) {
      assert.deepEqual([line, times, timesIn(disk, line)], [line, 0, 0])
      return
    }
    if (this.undone.has(line)) return
    assert.deepEqual([line, times], [line, 1])
    if (result.kind === 'failed') return
    assert.deepEqual([result.change.added, result.change.removed], [1, 0])
    assert.deepEqual([result.before, result.after], [versionOf(computed?.before), versionOf(computed?.after)])
    if (result.saved) assert.deepEqual([line, timesIn(disk, line)], [line, 1])
    else assert.equal(buffer?.dirty, true)
  }

  checkEnd(): void {
    const { text, disk } = this
    for (const line of this.undone) {
      this.owed.delete(line)
      this.written.delete(line)
    }
    for (const line of this.owed) assert.deepEqual([line, timesIn(text, line)], [line, 1])
    for (const line of this.written) assert.deepEqual([line, timesIn(disk, line)], [line, 1])
    for (const all of [text, disk]) assert.match(all, /first\n[^]*middle\n[^]*last\n/)
    assert.match(readFileSync(this.#target.path, 'utf8'), /^\uFEFF(?:[^\r\n]*\r\n)*$/)
  }

  async #opened(): Promise<vscode.TextDocument> {
    return this.buffer ?? (await vscode.workspace.openTextDocument(this.#target.path))
  }

  #edit(line: string, { where, cancelled }: { where: number; cancelled: boolean }): void {
    const source = new CancellationSource()
    let computed: Ending['computed']
    const compute: Compute = ({ text: before }) => {
      const edits = [addLine(before ?? '', where, line)]
      computed = { before, after: applyEdits(before ?? '', edits) }
      return { edits }
    }
    const end = (result: Ending['result']): Ending => {
      this.#open--
      const open = this.buffer
      const buffer = open && { text: normalise(open.getText()), dirty: open.isDirty }
      return { result, disk: this.disk, buffer, computed }
    }
    this.#open++
    const ended = this.#documents.edit(this.#target, compute, source.token).then(end, (error: unknown) => {
      if (error instanceof CancelledError) return end('cancelled')
      throw error
    })
    this.endings.set(line, ended)
    if (cancelled) setImmediate(() => source.cancel('stop'))
  }

  /** The user's text lands where the buffer is as it was when they typed it; VS Code refuses it otherwise. */
  async #type(line: string, where: number): Promise<void> {
    const document = await this.#opened()
    const { start } = addLine(normalise(document.getText()), where, line)
    const position = document.positionAt(
      start + (document.eol === vscode.EndOfLine.CRLF ? breaksBefore(document, start) : 0),
    )
    const edit = new vscode.WorkspaceEdit()
    edit.insert(document.uri, position, `${line}  \n`)
    if (await vscode.workspace.applyEdit(edit)) this.owed.add(line)
  }

  /** VS Code itself looks at the file, then writes it: what another program writes in between is lost to any editor. */
  #write(line: string): void {
    if (this.#open > 0 || this.buffer?.isDirty === true) return
    appendFileSync(this.#target.path, `${line}\r\n`)
    this.written.add(line)
  }

  /** It acts on the active editor, of which the window has one. */
  #undo(): Promise<void> {
    return activeEditor.runExclusive(async () => {
      const document = await this.#opened()
      await vscode.window.showTextDocument(document, { preview: true })
      let text = normalise(document.getText())
      const listener = vscode.workspace.onDidChangeTextDocument((event) => {
        if (event.document !== document) return
        const now = normalise(document.getText())
        if (event.reason === vscode.TextDocumentChangeReason.Undo) this.#tookBack(text, now)
        text = now
      })
      await vscode.commands.executeCommand('undo')
      listener.dispose()
    })
  }

  #tookBack(before: string, after: string): void {
    for (const line of before.split('\n').map((each) => each.trimEnd())) {
      if (timesIn(after, line) === 0) this.undone.add(line)
    }
  }

  async #close(): Promise<void> {
    const uri = this.buffer?.uri.toString()
    const tabs = vscode.window.tabGroups.all.flatMap((group) => group.tabs)
    const tab = tabs.find(({ input }) => input instanceof vscode.TabInputText && input.uri.toString() === uri)
    if (tab !== undefined && !tab.isDirty) await vscode.window.tabGroups.close(tab)
  }
}

function breaksBefore(document: vscode.TextDocument, offset: number): number {
  return normalise(document.getText()).slice(0, offset).split('\n').length - 1
}

async function tell(world: WindowWorld, script: readonly Action[], name: string): Promise<Story> {
  await world.write(name, START)
  const story = new Story(world.target(name), world.documents)
  const doing: Promise<void>[] = []
  for (const [index, action] of script.entries()) {
    doing.push(story.run(action, index))
    // Every other action comes at once after the one before, the rest when the host has had a breath.
    if (index % 2 === 1) await new Promise((resolve) => setImmediate(resolve))
  }
  await Promise.all(doing)
  for (const [line, ending] of story.endings) story.check(line, await ending)
  story.checkEnd()
  return story
}

describe('interleavings in VS Code', () => {
  it(`leave every receipt true and nothing lost, ${STORIES} times`, async () => {
    const world = await windowWorld()
    const formatter = vscode.workspace.onWillSaveTextDocument(({ document, waitUntil }) => {
      if (!document.fileName.includes('formatted')) return
      const text = document.getText()
      const all = new vscode.Range(document.positionAt(0), document.positionAt(text.length))
      const wanted = format(normalise(text))
      waitUntil(Promise.resolve(wanted === normalise(text) ? [] : [vscode.TextEdit.replace(all, wanted)]))
    })
    const rest = fc.sample(scripts, { seed: 20261121, numRuns: STORIES }).entries()
    const failures: string[] = []
    let undone = 0
    const next = async (): Promise<void> => {
      for (const [index, script] of rest) {
        const name = `${index % 3 === 0 ? 'formatted' : 'plain'}-${index}.txt`
        try {
          undone += (await tell(world, script, name)).undone.size
        } catch (error) {
          failures.push(`story ${index} ${JSON.stringify(script)}: ${String(error)}`)
        }
      }
    }
    await Promise.all(Array.from({ length: AT_ONCE }, next))
    assert.ok(undone > 10, `undo took ${undone} lines back`)
    formatter.dispose()
    assert.deepEqual(failures, [])
    assert.equal(existsSync(world.target('plain-1.txt').path), true)
    await world.dispose()
  }).timeout(600_000)
})
