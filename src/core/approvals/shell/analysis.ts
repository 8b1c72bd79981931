import { homedir } from 'node:os'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import * as z from 'zod'
import type { Workspace } from '../../ports.ts'
import { physicalPath } from '../physical.ts'
import type { ShellAnalysis, ShellVerdict } from '../shell.ts'
import type { Analyse } from './analyse.ts'
import { repositoryDoubt } from './gitConfig.ts'
import type { Harmless } from './judge.ts'
import { type Listing, Look } from './look.ts'
import { Doubt } from './syntax.ts'

export interface AnalysisParts {
  workspace: Pick<Workspace, 'folders'>
  listing: Listing
  /** Loaded at the first command. */
  load: () => Promise<Analyse>
}

/** The analysis of a window: its parser is loaded once. */
export function shellAnalysis({ workspace, listing, load }: AnalysisParts): ShellAnalysis {
  let loaded: Promise<Analyse> | undefined
  const look = async (found: Harmless, cwd: string): Promise<Doubt | undefined> => {
    const at = await Look.at(cwd, workspace.folders(), listing)
    return (await at.doubt(found)) ?? repositories(found.repositories, cwd)
  }
  return {
    async judge(command, cwd) {
      loaded ??= load()
      const analyse = await loaded.catch(() => undefined)
      if (analyse === undefined) {
        loaded = undefined
        return asks('the analysis of commands could not be loaded')
      }
      const found = analyse(command, { home: homedir() })
      if ('reason' in found) return asks(found.reason)
      const doubt = await look(found, cwd).catch(unseen)
      return doubt === undefined ? { kind: 'harmless' } : asks(doubt.reason)
    },
  }
}

/** What the file system does not let be seen. */
function unseen(error: unknown): Doubt {
  if (error instanceof Error && 'code' in error)
    return new Doubt(`a path of it cannot be looked at (${String(error.code)})`)
  throw error
}

async function repositories(folders: readonly string[], cwd: string): Promise<Doubt | undefined> {
  for (const folder of new Set(folders)) {
    const path = await physicalPath(folder.startsWith('/') ? folder : `${cwd}/${folder}`)
    const doubt = await repositoryDoubt(path)
    if (doubt !== undefined) return doubt
  }
  return undefined
}

function asks(reason: string): ShellVerdict {
  return { kind: 'asks', reason }
}

type Open = (folder: string) => Promise<Analyse>
const program = z.object({ open: z.custom<Open>((value) => typeof value === 'function') })

/** The bundle of the grammar and of what is known of commands. @param folder where it is */
export async function loadAnalysis(folder: string): Promise<Analyse> {
  const loaded: unknown = await import(pathToFileURL(join(folder, 'analyse.mjs')).href)
  return program.parse(loaded).open(folder)
}
