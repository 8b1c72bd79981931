import { mkdir, mkdtemp, realpath, rm, stat } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { isWithin } from '../approvals/paths.ts'
import { Placeholders } from './placeholders.ts'
import { protectedPaths } from './protectedPaths.ts'
import type { Argv, Enclosed, Sandbox, Walls } from './sandbox.ts'

/** Sockets live here by which a process could have others act for it: the container engine, the user's session. */
const SOCKETS = '/run'
/** What programs read there all the same. */
const READ_THERE = [
  '/run/systemd/resolve',
  '/run/NetworkManager',
  '/run/resolvconf',
  '/run/current-system',
  '/run/nscd',
]

const READ_ONLY = ['--ro-bind', '/', '/', '--dev', '/dev', '--proc', '/proc']

/** Linux: namespaces of its own, the whole file system read-only but for what may be written. */
export function bubblewrap(): Sandbox {
  const placeholders = new Placeholders()
  let folder: Promise<string> | undefined
  return {
    name: 'bubblewrap',
    async enclose(command, walls) {
      folder ??= makeTemporary()
      const temporary = await folder
      const held = await placeholders.hold(walls.writable)
      const guarded = await guardedIn(walls)
      const args = [
        ...namespaces(walls),
        ...READ_ONLY,
        ...mount('--bind', temporary, '/tmp'),
        ...(await sockets()),
        ...(await folders(command, walls)),
        ...guarded.flatMap((path) => mount('--ro-bind-try', path)),
      ].concat('--chdir', command.cwd, '--', command.file, command.args)
      const stands = async (): Promise<boolean> => {
        const now = await guardedIn(walls)
        return now.every((path) => guarded.includes(path))
      }
      return enclosed(args, held, stands)
    },
    async [Symbol.asyncDispose]() {
      if (folder !== undefined) await rm(await folder, { recursive: true, force: true })
      folder = undefined
    },
  }
}

async function guardedIn({ writable }: Walls): Promise<string[]> {
  return (await Promise.all(writable.map(protectedPaths))).flat()
}

function enclosed(args: string[], held: AsyncDisposable, stands: Enclosed['stands']): Enclosed {
  return {
    file: 'bwrap',
    args,
    environment: { TMPDIR: '/tmp', GIT_OPTIONAL_LOCKS: '0' },
    stands,
    [Symbol.asyncDispose]: () => held[Symbol.asyncDispose](),
  }
}

function mount(how: '--bind' | '--ro-bind' | '--ro-bind-try', path: string, at = path): string[] {
  return [how, path, at]
}

function namespaces({ network }: Walls): string[] {
  const own = ['--unshare-pid', '--unshare-ipc', '--unshare-uts', '--unshare-cgroup-try']
  return ['--die-with-parent', ...own, ...(network ? [] : ['--unshare-net']), '--cap-drop', 'ALL']
}

async function sockets(): Promise<string[]> {
  const hidden = await exists(SOCKETS)
  return hidden ? ['--tmpfs', SOCKETS, ...READ_THERE.flatMap((path) => mount('--ro-bind-try', path))] : []
}

/** Outer folders before inner ones, so that none covers another. */
async function folders({ cwd }: Argv, { writable, visible = [] }: Walls): Promise<string[]> {
  const hidden = await realpath('/tmp')
  const seen = [cwd, ...visible].filter((path) => isWithin(hidden, path) && !writable.some((at) => isWithin(at, path)))
  const mounts = [
    ...seen.map((path) => ({ how: '--ro-bind' as const, path })),
    ...writable.map((path) => ({ how: '--bind' as const, path })),
  ]
  return mounts.toSorted((a, b) => a.path.length - b.path.length).flatMap(({ how, path }) => mount(how, path))
}

/** What stands for the machine's temporary folder, for all that runs behind these walls. */
async function makeTemporary(): Promise<string> {
  const folder = join(await mkdtemp(join(tmpdir(), 'stretto-sandbox-')), 'tmp')
  await mkdir(folder)
  return folder
}

async function exists(path: string): Promise<boolean> {
  try {
    await stat(path)
    return true
  } catch {
    // Whatever keeps it from us keeps it from what we start.
    return false
  }
}
