import type { FileTarget } from '../ports.ts'

/** Names, at any depth, whose content makes an editor, git, a container or an agent run something. */
const protectedNames: ReadonlySet<string> = new Set([
  '.vscode',
  '.devcontainer',
  '.devcontainer.json',
  '.git',
  '.gitmodules',
  '.gitattributes',
  '.husky',
  '.idea',
  '.stretto',
  '.mcp.json',
  'mcp.json',
  'agents.md',
  'agent.md',
  'claude.md',
  'gemini.md',
  '.cursorrules',
  '.cursor',
  '.clinerules',
  '.roo',
  '.roorules',
  '.claude',
  '.codex',
  '.envrc',
  '.bashrc',
  '.bash_profile',
  '.bash_login',
  '.profile',
  '.zshrc',
  '.zshenv',
  '.zprofile',
  '.gitconfig',
  '.ssh',
  '.vscode-server',
  '.code-server',
])

/** What marks a folder as a git repository without a `.git` of its own. */
const bareRepository: ReadonlySet<string> = new Set([
  'hooks',
  'objects',
  'refs',
  'config',
  'head',
  'info',
  'packed-refs',
])

/**
 * The name that makes a target protected, or undefined. Looks at the path as it was asked for and at the physical one,
 * with case folded whatever the file system does.
 */
export function protectedName(target: FileTarget): string | undefined {
  return nameIn(target.asked) ?? nameIn(target.path)
}

function nameIn(path: string): string | undefined {
  const segments = path.split(/[/\\]/).filter(Boolean)
  for (const [at, segment] of segments.entries()) {
    const name = fold(segment)
    if (protectedNames.has(name) || name.endsWith('.code-workspace')) return segment
    const next = segments[at + 1]
    if (name.endsWith('.git') && next !== undefined && bareRepository.has(fold(next))) return segment
    if (name === '.github' && fold(next ?? '') === 'copilot-instructions.md') return segment
  }
  return undefined
}

/** As the most lenient file system would compare it: case folded, composed, without trailing dots and spaces. */
function fold(name: string): string {
  return name
    .normalize('NFC')
    .toLowerCase()
    .replace(/[. ]+$/, '')
    .replaceAll(/[\u200B-\u200F\u202A-\u202E\u2060-\u206F\uFEFF]/g, '')
}
