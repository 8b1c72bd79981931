/** Runs inside VS Code's extension host: what checkpoints add to the edits of a turn, and what they take on disk. */
import { mkdir, readdir, rm, stat, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import * as vscode from 'vscode'
import type { Documents, FileTarget } from '../../src/core/ports.ts'
import { Processes } from '../../src/core/processes/processes.ts'
import { CancellationSource, neverCancelled } from '../../src/core/scheduling/cancellation.ts'
import { Checkpoints } from '../../src/core/sessions/checkpoints.ts'
import { recordedDocuments } from '../../src/core/sessions/recordedDocuments.ts'
import { systemClock } from '../../src/host/clock.ts'
import { windowDocuments } from '../../src/host/documents.ts'
import { findRipgrep } from '../../src/host/ripgrep.ts'
import { windowWorkspace } from '../../src/host/workspace.ts'
import { silentLog } from '../support/openGate.ts'
import { median, type Row, timed } from './report.ts'

const FILES = 100
const LINES = 250
const ROUNDS = 8
/** Files that are looked through before a command. */
const WORKSPACE_FILES = 5_000

export async function checkpointCost(): Promise<Row[]> {
  const folder = vscode.workspace.workspaceFolders?.[0]?.uri.fsPath ?? ''
  const storage = join(folder, '..', 'checkpoint-bench')
  const workspace = windowWorkspace()
  const processes = new Processes()
  const ripgrep = (): Promise<string> => findRipgrep(vscode.env.appRoot)
  const checkpoints = new Checkpoints({
    workspace,
    processes,
    ripgrep,
    clock: systemClock,
    log: silentLog,
    folder: storage,
  })
  try {
    const documents = windowDocuments(workspace)
    const turns = await cost(documents, recordedDocuments(documents, checkpoints), checkpoints, storage)
    return [...turns, await firstCommand(checkpoints, folder)]
  } finally {
    await checkpoints.dispose()
    await processes.dispose()
    await rm(storage, { recursive: true, force: true })
  }
}

async function cost(plain: Documents, recorded: Documents, checkpoints: Checkpoints, storage: string): Promise<Row[]> {
  const without: number[] = []
  const added: number[] = []
  const sizes: number[] = []
  for (let round = 0; round <= ROUNDS; round++) {
    const turn = { sessionId: 'bench', turnId: `t${round}` }
    const [ours, floor] = [await fresh(`kept-${round}`), await fresh(`plain-${round}`)]
    const before = await bytesIn(storage)
    const measurePlain = () => timed(() => editAll(floor, plain))
    const measureRecorded = () =>
      timed(async () => {
        await editAll(ours, recorded, turn)
        await checkpoints.end(turn)
      })
    // What comes second meets a host with more documents to close: each comes second every other time.
    const early = round % 2 === 0 ? await measureRecorded() : undefined
    const plainMs = await measurePlain()
    const recordedMs = early ?? (await measureRecorded())
    // The first round warms both up.
    if (round === 0) continue
    without.push(plainMs)
    added.push(recordedMs - plainMs)
    const edited = await Promise.all(ours.map(({ path }) => stat(path)))
    sizes.push(((await bytesIn(storage)) - before) / edited.reduce((sum, { size }) => sum + size, 0))
  }
  const [base, more] = [median(without), Math.max(0, median(added))]
  const detail = `${FILES} files of ${LINES} lines edited and saved ${base.toFixed(0)} ms, with their checkpoint written ${more.toFixed(0)} ms more; median of ${ROUNDS} pairs`
  const half = `both sides of ${FILES} edited files on disk, compressed, with the checkpoint itself`
  return [
    { name: `checkpoint of ${FILES} files / their edits`, detail, value: more / base, unit: '×', target: 0.1 },
    { name: 'checkpoint on disk / the changed files', detail: half, value: median(sizes), unit: '×', target: 0.5 },
  ]
}

/** A workspace that has been looked through, in which little has changed. */
async function firstCommand(checkpoints: Checkpoints, folder: string): Promise<Row> {
  const files = Array.from({ length: WORKSPACE_FILES }, (_, at) => join(folder, 'many', `${at % 50}`, `${at}.js`))
  for (const file of files) {
    await mkdir(dirname(file), { recursive: true })
    await writeFile(file, source(file.length, 40))
  }
  const cold = await timed(async () => checkpoints.beforeRun({ sessionId: 'bench', turnId: 'cold' }, neverCancelled))
  await checkpoints.end({ sessionId: 'bench', turnId: 'cold' })
  const waits: number[] = []
  for (let round = 0; round < ROUNDS; round++) {
    const turn = { sessionId: 'bench', turnId: `run${round}` }
    await writeFile(files[round] ?? '', source(round, 41))
    waits.push(await timed(async () => checkpoints.beforeRun(turn, neverCancelled)))
    await checkpoints.end(turn)
  }
  const detail = `${WORKSPACE_FILES} files looked through, one read again; median of ${ROUNDS}; the first time of all ${cold.toFixed(0)} ms (at most 750)`
  return { name: 'wait of a turn’s first command', detail, value: median(waits), unit: 'ms', target: 300 }
}

async function editAll(
  targets: readonly FileTarget[],
  documents: Documents,
  turn?: { sessionId: string; turnId: string },
): Promise<void> {
  const { token } = new CancellationSource()
  const hooks = turn && { owner: { ...turn, callId: 'c1' } }
  const edit = async (target: FileTarget): Promise<void> => {
    const receipt = await documents.edit(
      target,
      ({ text = '' }) => ({ edits: [{ start: text.indexOf('\n'), end: text.indexOf('\n'), text: ' // edited' }] }),
      token,
      hooks,
    )
    // In the buffer, VS Code's own auto save came between: the edit was made all the same.
    if (receipt.kind === 'failed' && receipt.change === undefined) throw new Error(receipt.message)
  }
  await Promise.all(targets.map(edit))
}

async function fresh(name: string): Promise<FileTarget[]> {
  const folder = vscode.workspace.workspaceFolders?.[0]?.uri.fsPath ?? ''
  const targets = Array.from({ length: FILES }, (_, at): FileTarget => {
    const display = `bench/${name}/${at}.js`
    const path = join(folder, display)
    return { path, asked: path, display, inside: true }
  })
  for (const [at, { path }] of targets.entries()) {
    await mkdir(dirname(path), { recursive: true })
    await writeFile(path, source(at + name.length * 1000 + Number(name.at(-1)) * 7919, LINES))
  }
  return targets
}

/** Text that compresses about as program text does. */
function source(seed: number, lines: number): string {
  let state = seed + 1
  const next = (most: number): number => (state = (state * 48271) % 2147483647) % most
  const word = (): string => Array.from({ length: 3 + next(6) }, () => String.fromCharCode(97 + next(26))).join('')
  const words = Array.from({ length: 60 }, word)
  const some = (): string => words[next(words.length)] ?? ''
  return Array.from({ length: lines }, () => `const ${some()} = ${some()}(${some()}, ${next(1000)})\n`).join('')
}

async function bytesIn(folder: string): Promise<number> {
  const found = await readdir(folder, { recursive: true, withFileTypes: true }).catch(() => [])
  const sizes = found
    .filter((one) => one.isFile())
    .map(async (one) => (await stat(join(one.parentPath, one.name))).size)
  return (await Promise.all(sizes)).reduce((sum, size) => sum + size, 0)
}
