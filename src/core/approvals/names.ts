import type { Failure } from '../ports.ts'
import { failed } from '../tools/tool.ts'

const LONGEST_PATH = 4096
const LONGEST_NAME = 255

const scheme = /^[a-z][a-z0-9+.-]*:\/\/|^(?:file|data|untitled|vscode[a-z-]*):/i
const home = /^~(?:[/\\]|$)/
const drive = /^[a-z]:(?=[/\\])/i
const device = /^(?:con|prn|aux|nul|com[0-9¹²³]|lpt[0-9¹²³]|conin\$|conout\$|clock\$)$/i
const shortName = /^(?=[^.]{3,8}(?:\.|$))[^.]{1,6}~\d+(?:\.[^.]{0,3})?$/
const windowsOnly = /[<>"|?*]/
const streamType = /:\$?(?:DATA|INDEX_ALLOCATION|BITMAP|ATTRIBUTE_LIST)(?=[:/\\]|$)/i

/**
 * Why a path that was asked for is refused because of how it is written: names that mean something else on some file
 * system, and so would pass a check under one name and be opened under another.
 */
export function oddPath(path: string, platform: NodeJS.Platform): Failure | undefined {
  const why = oddWhole(path, platform) ?? oddSegments(path, platform)
  return why === undefined ? undefined : failed('bad_path', why)
}

function oddWhole(path: string, platform: NodeJS.Platform): string | undefined {
  if (path.trim() === '') return 'The path is empty. Name a file.'
  if (path.length > LONGEST_PATH) return `The path is longer than ${LONGEST_PATH} characters. Use a shorter one.`
  if (hasControl(path)) return 'The path has a control character in it. Write the plain path.'
  if (scheme.test(path)) return 'This is a URI. Write the path of a file instead, without a scheme.'
  if (home.test(path)) return '~ is not expanded. Write the absolute path, or one relative to the workspace folder.'
  if (platform !== 'win32' && path.includes('\\')) return 'The path has a backslash in it. Write / between folders.'
  if (platform === 'win32' && /^[/\\]{2}/.test(path)) {
    return 'Network and device paths are not used. Write a path that begins with a drive, or a relative one.'
  }
  return undefined
}

function oddSegments(path: string, platform: NodeJS.Platform): string | undefined {
  const windows = platform === 'win32'
  const rest = windows ? path.replace(drive, '') : path
  for (const name of rest.split(windows ? /[/\\]/ : '/')) {
    const why = name === '' || name === '.' || name === '..' ? undefined : oddName(name, windows)
    if (why !== undefined) return why
  }
  return undefined
}

function oddName(name: string, windows: boolean): string | undefined {
  if (Buffer.byteLength(name) > LONGEST_NAME) return `A name in the path is longer than ${LONGEST_NAME} bytes.`
  if (streamType.test(name) || (windows && name.includes(':'))) {
    return `"${name}" names an alternate data stream. Write the plain file name.`
  }
  if (/[. ]$/.test(name)) return `"${name}" ends in a dot or a space. Write the name without it.`
  if (shortName.test(name)) return `"${name}" looks like a short (8.3) name. Write the long name.`
  if (device.test(windows ? name.replace(/\s*\..*$/, '') : name)) return `"${name}" is the name of a device.`
  if (windows && windowsOnly.test(name)) return `"${name}" has a character that file names cannot have.`
  return undefined
}

function hasControl(text: string): boolean {
  // oxlint-disable-next-line no-control-regex -- control characters are what it looks for
  return /[\u0000-\u001f\u007f]/.test(text)
}

/**
 * One spelling for all names that some file system takes for the same: upper and lower case, composed and decomposed
 * letters, ignored code points, the dots, spaces and streams that Windows drops.
 */
export function foldName(name: string): string {
  const plain = name.replace(/(?<=.):.*$/s, '').replace(/(?<=[^. ])[. ]+$/, '')
  return foldCase(plain.replaceAll(/\p{Default_Ignorable_Code_Point}/gu, ''))
}

/** Names that differ only in case, or in how letters are composed, fold to the same. */
export function foldCase(name: string): string {
  return name.normalize('NFD').toUpperCase().toLowerCase().normalize('NFC')
}
