import { hash } from 'node:crypto'

/** The version of a file that is not there. */
export const MISSING = 'missing'

/** Names a text by its content, so that a version means the same in a buffer, on disk and after a reload. */
export function versionOf(text: string | undefined): string {
  return text === undefined ? MISSING : hash('sha256', text, 'base64url').slice(0, 22)
}
