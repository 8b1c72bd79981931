import { execFile } from 'node:child_process'
import { realpathSync, writeSync, openSync, closeSync } from 'node:fs'
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import * as vscode from 'vscode'
import type { FileTarget } from '../../../src/core/ports.ts'

const run = promisify(execFile)

export interface TinyFileSystem {
  target(name: string): FileTarget
  text(name: string): Promise<string | undefined>
  /** Takes all the place that is left. */
  fill(): Promise<void>
  fillNow(): void
  /** Begins anew, with this text in `file.txt`. */
  empty(text: string): Promise<void>
}

/** A file system of 64 KB, where this process may mount one; otherwise the body is left out, and the output says so. */
export async function inTinyFileSystem(body: (files: TinyFileSystem) => Promise<void>): Promise<void> {
  const folder = realpathSync(await mkdtemp(join(tmpdir(), 'stretto-tiny-')))
  try {
    await run('mount', ['-t', 'tmpfs', '-o', 'size=64k', 'tmpfs', folder])
  } catch (error) {
    console.warn(`no small file system here, a test is left out: ${String(error)}`)
    await rm(folder, { recursive: true })
    return
  }
  const path = (name: string): string => join(folder, name)
  const fillNow = (): void => fillFolder(path('filler'))
  try {
    await body({
      target: (name) => ({ path: path(name), asked: path(name), display: name, inside: false }),
      text: (name) => readFile(path(name), 'utf8').catch(() => undefined),
      fill: async () => fillNow(),
      fillNow,
      empty: (text) => writeFile(path('file.txt'), text),
    })
  } finally {
    await vscode.commands.executeCommand('workbench.action.closeAllEditors')
    await run('umount', ['--lazy', folder])
    await rm(folder, { recursive: true })
  }
}

function fillFolder(path: string): void {
  const file = openSync(path, 'w')
  try {
    for (;;) writeSync(file, Buffer.alloc(1024, 'f'))
  } catch {
    // It is full now, which was asked for.
  } finally {
    closeSync(file)
  }
}
