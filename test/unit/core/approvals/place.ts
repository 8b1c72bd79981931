import { mkdir, mkdtemp, realpath, rm, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import type { FileTarget, Workspace } from '../../../../src/core/ports.ts'
import { resolveFile } from '../../../../src/core/approvals/paths.ts'

/** A temporary folder with a workspace `project` in it, removed at the end of its scope. */
export interface Place extends AsyncDisposable {
  root: string
  workspace: Workspace
  file(path: string, text?: string): Promise<void>
  link(path: string, to: string): Promise<void>
  folder(path: string): Promise<void>
  /** Fails the test when the path is refused. */
  target(path: string, workspace?: Workspace): Promise<FileTarget>
}

export async function place(): Promise<Place> {
  const root = await realpath(await mkdtemp(join(tmpdir(), 'stretto-')))
  const workspace = workspaceOf(['project', join(root, 'project')])
  const made: Place = {
    root,
    workspace,
    file: async (path, text = '') => {
      await mkdir(dirname(join(root, path)), { recursive: true })
      await writeFile(join(root, path), text)
    },
    link: async (path, to) => {
      await mkdir(dirname(join(root, path)), { recursive: true })
      await symlink(to, join(root, path))
    },
    folder: async (path) => {
      await mkdir(join(root, path), { recursive: true })
    },
    target: async (path, of = workspace) => {
      const target = await resolveFile(path, of)
      if ('kind' in target) throw new Error(`refused: ${target.message}`)
      return target
    },
    [Symbol.asyncDispose]: () => rm(root, { recursive: true, force: true }),
  }
  await made.folder('project')
  return made
}

export function workspaceOf(...folders: [name: string, path: string][]): Workspace {
  return { folders: () => folders.map(([name, path]) => ({ name, path })), trusted: () => true }
}

/** A target by name alone. */
export function named(path: string, more: Partial<FileTarget> = {}): FileTarget {
  return { path: `/w/${path}`, asked: `/w/${path}`, display: path, inside: true, ...more }
}
