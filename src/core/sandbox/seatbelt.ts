import { mkdtemp, realpath, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Sandbox, Walls } from './sandbox.ts'

/** macOS: what `sandbox-exec` allows by a profile. Protected names are refused at any depth, there or not. */
export function seatbelt(): Sandbox {
  let folder: Promise<string> | undefined
  return {
    name: 'Seatbelt',
    async enclose({ file, args }, walls) {
      folder ??= mkdtemp(join(tmpdir(), 'stretto-sandbox-')).then((path) => realpath(path))
      const temporary = await folder
      return {
        file: '/usr/bin/sandbox-exec',
        args: ['-p', profile(walls, temporary), file, ...args],
        environment: { TMPDIR: temporary, GIT_OPTIONAL_LOCKS: '0' },
        stands: () => Promise.resolve(true),
        [Symbol.asyncDispose]: () => Promise.resolve(),
      }
    },
    async [Symbol.asyncDispose]() {
      if (folder !== undefined) await rm(await folder, { recursive: true, force: true })
      folder = undefined
    },
  }
}

/** Later rules win over earlier ones. */
export function profile({ writable, network }: Walls, temporary: string): string {
  const folders = [...writable, temporary].map((path) => `(subpath ${JSON.stringify(path)})`)
  return [
    '(version 1)',
    '(allow default)',
    '(deny file-write*)',
    `(allow file-write* ${folders.join(' ')} (literal "/dev/null") (literal "/dev/tty") (regex #"^/dev/fd/"))`,
    `(deny file-write* (regex #"/${names}(/|$)"))`,
    ...(network ? [] : ['(deny network*)', '(allow network* (local ip "localhost:*"))']),
    '(deny process-info* (target others))',
    '(deny appleevent-send)',
  ].join('\n')
}

const names =
  '(\\.(vscode|devcontainer|git|stretto|husky|idea|claude|codex|cursor|agents)|\\.gitmodules|\\.gitattributes|\\.?mcp\\.json|AGENTS\\.md|CLAUDE\\.md)'
