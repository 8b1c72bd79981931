import * as vscode from 'vscode'
import type { Folder } from '../core/ports.ts'
import { candidatePaths } from './candidatePaths.ts'
import { plainLine } from './plainText.ts'

/** Opens a file that a card or an answer names: relative to a workspace folder, with `folder/path`, or absolute. */
export async function openPath(path: string, line: number | undefined, folders: readonly Folder[]): Promise<void> {
  for (const candidate of candidatePaths(path, folders)) {
    const uri = vscode.Uri.file(candidate)
    const isFile = await vscode.workspace.fs.stat(uri).then(
      ({ type }) => (type & vscode.FileType.File) !== 0,
      () => false,
    )
    if (!isFile) continue
    const at = new vscode.Position(Math.max(0, (line ?? 1) - 1), 0)
    const selection = line === undefined ? undefined : new vscode.Range(at, at)
    await vscode.window.showTextDocument(uri, { preview: true, selection })
    return
  }
  void vscode.window.showInformationMessage(`There is no file ${plainLine(path)} any more.`)
}

/** Opens a web address in the browser, where VS Code asks about hosts that the user does not trust; asks before mail. */
export async function openLink(href: string): Promise<void> {
  const url = URL.parse(href)
  const isWeb = url?.protocol === 'https:' || url?.protocol === 'http:'
  if (url === null || !(isWeb || url.protocol === 'mailto:') || url.username + url.password !== '') {
    void vscode.window.showInformationMessage(`Stretto opens only web addresses, not ${plainLine(href, 80)}.`)
    return
  }
  if (isWeb || (await confirms(url.href))) await vscode.env.openExternal(vscode.Uri.parse(url.href, true))
}

async function confirms(href: string): Promise<boolean> {
  const open = 'Open'
  const options = { modal: true, detail: plainLine(href, 400) }
  return (await vscode.window.showWarningMessage('Open this in another program?', options, open)) === open
}
