import { resolveFile } from '../approvals/paths.ts'
import type { Failure, FileTarget, Workspace } from '../ports.ts'
import { failed } from './tool.ts'

/** Every workspace folder, in the order of the workspace. */
export async function folderTargets(workspace: Workspace): Promise<FileTarget[] | Failure> {
  const folders = workspace.folders()
  if (folders.length === 0) {
    return failed('no_folder', 'No folder is open. Open a folder in VS Code first: ask the user to do so.')
  }
  const targets: FileTarget[] = []
  for (const { path } of folders) {
    const target = await resolveFile(path, workspace)
    if ('kind' in target) return target
    targets.push(target)
  }
  return targets
}
