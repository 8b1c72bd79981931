import { readFile, stat } from 'node:fs/promises'
import { dirname, join, resolve } from 'node:path'
import { repositoryOf } from '../protected.ts'
import { Doubt, shown } from './syntax.ts'

/** Settings of a repository that have git run nothing, whatever their value. The hardened environment sets the rest. */
const harmless = [
  /^core\.(?:repositoryformatversion|filemode|bare|logallrefupdates|ignorecase|precomposeunicode|symlinks|autocrlf|eol|safecrlf|quotepath|protect(?:ntfs|hfs)|abbrev|longpaths|untrackedcache|preloadindex|commitgraph|checkstat|trustctime|whitespace|compression)$/,
  /^remote\..*\.(?:url|pushurl|fetch|push|tagopt|prune|mirror|skipdefaultupdate|gh-resolved)$/,
  /^(?:branch|user|init|pull|push|color|advice|gui|gc|lfs|alias|status|tag|column|i18n|commit|stash|rerere)\./,
  /^submodule\..*\.(?:url|active|path|branch)$/,
  /^(?:fetch|rebase|merge|index)\.[^.]*$/,
  /^diff\.(?:algorithm|renames|renamelimit|colormoved|mnemonicprefix|noprefix|context)$/,
  /^log\.(?:date|decorate|follow|abbrevcommit)$/,
  /^extensions\.objectformat$/,
]

const LONGEST = 256 * 1024

/** Why git may run something in this folder because of what a repository says. `folder` is physical. */
export async function repositoryDoubt(folder: string): Promise<Doubt | undefined> {
  const bare = await repositoryOf({ asked: folder, path: folder, display: folder, inside: true })
  if (bare !== undefined) return new Doubt(`${shown(bare)} is a repository of its own`)
  // What is no repository after all is passed over by git, so that one above it may rule.
  for (let at = folder; ; at = dirname(at)) {
    const doubt = await doubtAt(at)
    if (doubt !== undefined || dirname(at) === at) return doubt
  }
}

async function doubtAt(folder: string): Promise<Doubt | undefined> {
  const dotGit = join(folder, '.git')
  const found = await stat(dotGit).catch(() => undefined)
  if (found === undefined) return undefined
  const own = found.isDirectory() ? dotGit : await linked(dotGit)
  if (own === undefined) return new Doubt(`${shown(dotGit)} is not understood`)
  const common = await text(join(own, 'commondir'))
  const config = await text(join(common === undefined ? own : resolve(own, common.trim()), 'config'))
  const modules = await text(join(folder, '.gitmodules'))
  if (modules !== undefined && /ignore/i.test(modules)) return new Doubt('git would look into submodules')
  const setting = config === undefined ? undefined : strangeSetting(config)
  return setting === undefined
    ? undefined
    : new Doubt(`the repository sets ${shown(setting)}, which may have git run things`)
}

/** Where a `.git` file leads. */
async function linked(file: string): Promise<string | undefined> {
  const path = /^gitdir: (?<path>[^\n]+)\n?$/.exec((await text(file)) ?? '')?.groups?.['path']
  return path === undefined ? undefined : resolve(dirname(file), path)
}

async function text(file: string): Promise<string | undefined> {
  try {
    return (await readFile(file, 'utf8')).slice(0, LONGEST + 1)
  } catch (error) {
    if (error instanceof Error && 'code' in error && (error.code === 'ENOENT' || error.code === 'ENOTDIR'))
      return undefined
    return '[unreadable]'
  }
}

/** The first setting that is not known to be harmless, or line that is not understood. */
export function strangeSetting(config: string): string | undefined {
  if (config.length > LONGEST) return 'more than can be looked at'
  let section = ''
  for (const line of config.split(/\r?\n/)) {
    if (/^\s*(?:[#;].*)?$/.test(line)) continue
    const head = /^\s*\[(?<name>[\w.-]+)(?:[ \t]+"(?<sub>(?:[^"\\]|\\["\\])*)")?\]\s*$/.exec(line)?.groups
    if (head !== undefined) {
      section = `${head['name']?.toLowerCase()}.${head['sub'] === undefined ? '' : `${head['sub']}.`}`
      continue
    }
    const key = /^\s*(?<key>[A-Za-z][\w-]*)\s*(?:=.*)?$/.exec(line)?.groups?.['key']
    if (key === undefined || line.endsWith('\\') || line.includes('\r')) return line.trim()
    const setting = section + key.toLowerCase()
    if (!harmless.some((pattern) => pattern.test(setting))) return setting
  }
  return undefined
}
