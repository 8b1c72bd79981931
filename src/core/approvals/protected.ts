import { stat } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import type { FileTarget } from '../ports.ts'
import { foldName } from './names.ts'

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
  '.vscode-insiders',
  '.vscode-server-insiders',
  '.vscode-oss',
  '.vscode-remote',
  '.vs',
  '.githooks',
  '.hg',
  '.svn',
  '.jj',
  // What makes a folder a bare repository; written alone, it would complete one.
  'head',
  'agents.override.md',
  'claude.local.md',
  '.windsurf',
  '.windsurfrules',
  '.goosehints',
  '.gemini',
  '.continue',
  '.cline',
  '.kiro',
  '.opencode',
  '.agents',
  'mcp_config.json',
  'mcp_settings.json',
  'stretto.stretto',
  '.bash_logout',
  '.bash_aliases',
  '.zlogin',
  '.zlogout',
  '.kshrc',
  '.cshrc',
  '.tcshrc',
  'config.fish',
  '.xinitrc',
  '.xprofile',
  '.xsession',
  '.xsessionrc',
  '.pam_environment',
  'profile.ps1',
  'microsoft.powershell_profile.ps1',
  'launchagents',
  'launchdaemons',
])

const protectedEndings = ['.code-workspace', '.instructions.md', '.prompt.md', '.chatmode.md', '.agent.md', '.mdc']

/** Neighbours in a path whose names alone are harmless. */
const protectedPairs: ReadonlySet<string> = new Set([
  '.github/copilot-instructions.md',
  '.config/fish',
  '.config/autostart',
  '.config/git',
  'systemd/user',
])

/** What the user's own VS Code data begins with; it is never in a workspace. */
const userData: ReadonlySet<string> = new Set([
  'user/settings.json',
  'user/keybindings.json',
  'user/tasks.json',
  'user/snippets',
  'user/profiles',
  'user/prompts',
  'user/globalstorage',
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
  return nameIn(target.asked, target.inside) ?? nameIn(target.path, target.inside)
}

function nameIn(path: string, inside: boolean): string | undefined {
  const segments = path.split(/[/\\]/).filter(Boolean)
  return segments.find((segment, at) => {
    const name = foldName(segment)
    const next = foldName(segments[at + 1] ?? '')
    const pair = `${name}/${next}`
    if (protectedNames.has(name) || protectedEndings.some((ending) => name.endsWith(ending))) return true
    if (name.endsWith('.git') && bareRepository.has(next)) return true
    return protectedPairs.has(pair) || (!inside && userData.has(pair))
  })
}

/** Looks that are under way: siblings in one folder share them. */
const looking = new Map<string, Promise<string | undefined>>()

/**
 * The bare repository, by the path of its folder, that the target is in: git takes it for one whatever it is called.
 * Looks up to the first folder with a `.git`, for what is above does not rule there.
 */
export async function repositoryOf(target: FileTarget): Promise<string | undefined> {
  return target.uri === undefined ? repositoryAt(target.path) : undefined
}

function repositoryAt(folder: string): Promise<string | undefined> {
  const known = looking.get(folder)
  if (known !== undefined) return known
  const look = lookAt(folder).finally(() => looking.delete(folder))
  looking.set(folder, look)
  return look
}

async function lookAt(folder: string): Promise<string | undefined> {
  const [head, dotGit] = await Promise.all([exists(join(folder, 'HEAD')), exists(join(folder, '.git'))])
  if (head && (await exists(join(folder, 'objects'))) && (await exists(join(folder, 'refs')))) return folder
  const parent = dirname(folder)
  return dotGit || parent === folder ? undefined : repositoryAt(parent)
}

async function exists(path: string): Promise<boolean> {
  try {
    await stat(path)
    return true
  } catch {
    // Whatever keeps it from us keeps it from git too.
    return false
  }
}
