import { delimiter, isAbsolute } from 'node:path'
import type { Folder } from '../../ports.ts'
import { isWithin } from '../paths.ts'
import { physicalPath } from '../physical.ts'

/** What a harmless command keeps of the environment: who and where the user is, and in which language. */
const kept = /^(?:HOME|USER|LOGNAME|SHELL|LANG|LANGUAGE|LC_[A-Z]+|TZ|TERM|TMPDIR|TMP|TEMP|STRETTO_CALL)$/

/** Settings that beat the repository's: nothing of it is run, nothing is written, nothing is fetched. */
const settings: readonly (readonly [key: string, value: string])[] = [
  ['core.fsmonitor', 'false'],
  ['core.hooksPath', '/dev/null'],
  ['core.pager', 'cat'],
  ['diff.autoRefreshIndex', 'false'],
  ['diff.ignoreSubmodules', 'dirty'],
  ['status.submoduleSummary', 'false'],
  ['submodule.recurse', 'false'],
  ['log.showSignature', 'false'],
  ['safe.bareRepository', 'explicit'],
  ['protocol.allow', 'never'],
  ['maintenance.auto', 'false'],
  ['gc.auto', '0'],
]

const git: Readonly<Record<string, string>> = {
  GIT_OPTIONAL_LOCKS: '0',
  GIT_NO_LAZY_FETCH: '1',
  GIT_TERMINAL_PROMPT: '0',
  GIT_PAGER: 'cat',
  PAGER: 'cat',
  GIT_CONFIG_COUNT: String(settings.length),
  ...Object.fromEntries(
    settings.flatMap(([key, value], at) => [
      [`GIT_CONFIG_KEY_${at}`, key],
      [`GIT_CONFIG_VALUE_${at}`, value],
    ]),
  ),
}

/** What a plain run changes in the environment. */
export interface PlainEnvironment {
  set: Readonly<Record<string, string>>
  /** Names of what is left out. */
  removed: readonly string[]
}

/**
 * The environment of a command that was found to be harmless: nothing in it can have a program load or run something
 * else, and programs are not looked for in the workspace.
 */
export async function plainEnvironment(
  source: NodeJS.ProcessEnv,
  workspace: readonly Folder[],
): Promise<PlainEnvironment> {
  const folders = await Promise.all(workspace.map(({ path }) => physicalPath(path)))
  const path = (source['PATH'] ?? '')
    .split(delimiter)
    .filter((folder) => isAbsolute(folder) && !folders.some((one) => isWithin(one, folder)))
  const removed = Object.keys(source).filter((name) => name !== 'PATH' && !kept.test(name) && !Object.hasOwn(git, name))
  return { set: { ...git, PATH: path.join(delimiter) }, removed }
}
