/** Runs inside VS Code's extension host; sends its rows to the bench. */
import { mkdir, readFile, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import * as vscode from 'vscode'
import type { FileTarget } from '../../src/core/ports.ts'
import { CancellationSource } from '../../src/core/scheduling/cancellation.ts'
import { windowDocuments } from '../../src/host/documents.ts'
import { windowWorkspace } from '../../src/host/workspace.ts'
import { callRunner } from '../support/vscode/channel.ts'
import { checkpointCost } from './checkpointCost.ts'
import { median, type Row, timed } from './report.ts'

const EDITS = 200
const ROUNDS = 7
const DOCUMENTS = 100
const EACH = 10

export async function run(): Promise<void> {
  const runner = await callRunner()
  const rows = [
    ...(await activation()),
    ...(await edits()),
    await manyDocuments(),
    await counts(),
    ...(await checkpointCost()),
  ]
  for (const row of rows) runner.send(row)
  await runner.end()
}

/** As the extension itself measures it: from the first line of `activate` to its return. */
async function activation(): Promise<Row[]> {
  await vscode.extensions.getExtension('stretto.stretto')?.activate()
  const measured = performance.getEntriesByName('stretto.activate')[0]
  if (measured === undefined) throw new Error('the extension left no measure of its activation')
  return [
    { name: 'activate()', detail: 'once, cold, in this VS Code', value: measured.duration, unit: 'ms', target: 50 },
  ]
}

async function edits(): Promise<Row[]> {
  const documents = windowDocuments(windowWorkspace())
  const { token } = new CancellationSource()
  const ours: number[] = []
  const floor: number[] = []
  for (let round = 0; round < ROUNDS; round++) {
    const target = await fresh(`ours-${round}.txt`)
    const each = (line: number) => documents.edit(target, ({ text = '' }) => replaceLine(text, line), token)
    ours.push(await timed(() => Promise.all(Array.from({ length: EDITS }, (_, line) => each(line)))))
    await expectEdited(target)
    const single = await fresh(`single-${round}.txt`)
    floor.push(await timed(() => oneEdit(single)))
    await expectEdited(single)
  }
  const detail = `${EDITS} sibling edits of one document ${median(ours).toFixed(0)} ms, one WorkspaceEdit with ${EDITS} edits ${median(floor).toFixed(0)} ms; opened, applied and saved; median of ${ROUNDS}`
  return [
    {
      name: `${EDITS} edits of one document / one WorkspaceEdit`,
      detail,
      value: median(ours) / median(floor),
      unit: '×',
      target: 5,
    },
  ]
}

/** Closed files, as a turn finds them: each is opened, changed and saved. */
async function manyDocuments(): Promise<Row> {
  const documents = windowDocuments(windowWorkspace())
  const { token } = new CancellationSource()
  const ours: number[] = []
  const floor: number[] = []
  for (let round = 0; round < ROUNDS; round++) {
    const targets = await manyFresh(`many-${round}`)
    const each = targets.flatMap((target) => lines(EACH).map((line) => ({ target, line })))
    const edit = async ({ target, line }: (typeof each)[number]): Promise<void> => {
      const receipt = await documents.edit(target, ({ text = '' }) => replaceLine(text, line), token)
      if (receipt.kind === 'failed' || !receipt.saved) throw new Error(`${target.display} was not edited`)
    }
    ours.push(await timed(() => Promise.all(each.map(edit))))
    const others = await manyFresh(`one-${round}`)
    floor.push(await timed(() => oneEditOfMany(others)))
    for (const target of [...targets, ...others]) await expectEdited(target, EACH)
  }
  const total = DOCUMENTS * EACH
  const detail = `${DOCUMENTS} closed files, ${EACH} sibling edits each ${median(ours).toFixed(0)} ms, one WorkspaceEdit with all, saved at once ${median(floor).toFixed(0)} ms; median of ${ROUNDS}`
  const name = `${total} edits over ${DOCUMENTS} documents / one WorkspaceEdit`
  return { name, detail, value: median(ours) / median(floor), unit: '×', target: 3 }
}

async function oneEditOfMany(targets: readonly FileTarget[]): Promise<void> {
  const change = new vscode.WorkspaceEdit()
  for (const { path } of targets) {
    for (const line of lines(EACH)) {
      const range = new vscode.Range(line, 0, line, `line ${line} as it was`.length)
      change.replace(vscode.Uri.file(path), range, edited(line))
    }
  }
  if (!(await vscode.workspace.applyEdit(change))) throw new Error('the floor failed')
  const changed = vscode.workspace.textDocuments.filter(({ isDirty }) => isDirty)
  await Promise.all(changed.map((document) => document.save()))
}

async function manyFresh(folder: string): Promise<FileTarget[]> {
  const targets: FileTarget[] = []
  for (const at of lines(DOCUMENTS)) targets.push(await fresh(`${folder}/${at}.txt`, EACH))
  return targets
}

function lines(count: number): number[] {
  return Array.from({ length: count }, (_, line) => line)
}

async function counts(): Promise<Row> {
  let applied = 0
  let saved = 0
  const observer = { applying: () => applied++, saving: () => saved++ }
  const documents = windowDocuments(windowWorkspace(), { observer })
  const target = await fresh('counted.txt')
  const { token } = new CancellationSource()
  await Promise.all(
    Array.from({ length: 50 }, (_, line) => documents.edit(target, ({ text = '' }) => replaceLine(text, line), token)),
  )
  const detail = `50 sibling edits of one document: ${applied} applyEdit, ${saved} save (at most 3 and 1)`
  return { name: 'applyEdits and saves of 50 sibling edits', detail, value: applied + saved, unit: '', target: 4 }
}

/** The floor: what VS Code itself takes for the same change, saved. */
async function oneEdit(target: FileTarget): Promise<void> {
  const document = await vscode.workspace.openTextDocument(target.path)
  const change = new vscode.WorkspaceEdit()
  for (let line = 0; line < EDITS; line++) change.replace(document.uri, document.lineAt(line).range, edited(line))
  if (!(await vscode.workspace.applyEdit(change)) || !(await document.save())) throw new Error('the floor failed')
}

function replaceLine(text: string, line: number): { edits: { start: number; end: number; text: string }[] } {
  const old = `line ${line} as it was`
  const start = text.indexOf(`${old}\n`)
  return { edits: [{ start, end: start + old.length, text: edited(line) }] }
}

function edited(line: number): string {
  return `line ${line} edited`
}

async function fresh(name: string, count: number = EDITS): Promise<FileTarget> {
  const folder = vscode.workspace.workspaceFolders?.[0]?.uri.fsPath ?? ''
  const path = join(folder, 'bench', name)
  await mkdir(dirname(path), { recursive: true })
  await writeFile(
    path,
    lines(count)
      .map((line) => `line ${line} as it was\n`)
      .join(''),
  )
  return { path, asked: path, display: `bench/${name}`, inside: true }
}

async function expectEdited({ path }: FileTarget, count: number = EDITS): Promise<void> {
  const text = await readFile(path, 'utf8')
  const whole = lines(count)
    .map((line) => `${edited(line)}\n`)
    .join('')
  if (text !== whole) throw new Error(`${path} is not what it should be`)
}
