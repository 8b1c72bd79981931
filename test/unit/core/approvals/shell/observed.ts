import { spawn } from 'node:child_process'
import { randomUUID } from 'node:crypto'
import { readFile, rm, writeFile } from 'node:fs/promises'
import { basename, join } from 'node:path'
import { shellCommand } from '../../../../../src/core/tools/shell.ts'
import { plainEnvironment } from '../../../../../src/core/approvals/shell/environment.ts'

const CALLS =
  'execve,execveat,open,openat,openat2,creat,connect,sendto,sendmsg,bind,unlink,unlinkat,rename,renameat,renameat2,mkdir,mkdirat,rmdir,link,linkat,symlink,symlinkat,chmod,fchmodat,fchmod,chown,lchown,fchownat,truncate,ftruncate,utimensat,setxattr,lsetxattr,mknod,mknodat,kill,memfd_create,clock_settime,settimeofday,adjtimex,sethostname,mount,reboot'

/** What should not have been allowed is done without a superuser's powers: a clock that is set is set for all. */
const powerless =
  process.getuid?.() === 0 ? ['setpriv', '--bounding-set=-all', '--inh-caps=-all', '--no-new-privs'] : []

export interface Observed {
  /** Each program that was run, by its path, with its arguments as strace writes them. */
  programs: { path: string; args: string }[]
  /** Other things that it should not have done, as strace has them. */
  effects: string[]
  /** Paths that were opened for reading. */
  opened: string[]
}

/** Whether processes can be observed here, or why not. */
export async function canObserve(): Promise<true | string> {
  if (process.platform !== 'linux') return 'there is strace on Linux only'
  const code = await run('strace', ['-f', '-qq', '-o', '/dev/null', 'true'], {}, '/')
  return code === 0 ? true : 'strace is not installed, or may not trace here (Debian: apt-get install strace)'
}

/** Runs each command as the terminal does, one after the other under one strace, and tells what each did. */
export async function observe(
  commands: readonly string[],
  { cwd, scratch, source }: { cwd: string; scratch: string; source: NodeJS.ProcessEnv },
): Promise<Observed[]> {
  const plain = await plainEnvironment(source, [{ name: 'ws', path: cwd }])
  const lines = await Promise.all(
    commands.map(async (command, at) => {
      const { file, args } = await shellCommand(command, plain)
      const words = ['/usr/bin/timeout', '3', file, ...args].map(quoted).join(' ')
      // A file that cannot be opened marks where the next one begins.
      return `true 2>/dev/null < /observed-${at}\n${words} >/dev/null 2>/dev/null </dev/null`
    }),
  )
  const own = join(scratch, randomUUID())
  const [driver, trace] = [`${own}.sh`, `${own}.trace`]
  await writeFile(driver, `${lines.join('\n')}\n`)
  await run(
    'strace',
    [
      '-f',
      '--seccomp-bpf',
      '-qq',
      '-s',
      '2000',
      '-e',
      `trace=${CALLS}`,
      '-e',
      'signal=none',
      '-o',
      trace,
      ...powerless,
      '/bin/dash',
      driver,
    ],
    source,
    cwd,
  )
  const text = await readFile(trace, 'utf8')
  await Promise.all([driver, trace].map((path) => rm(path)))
  const parts = text.split(/^.*"\/observed-\d+".*\n/m).slice(1)
  if (parts.length !== commands.length) throw new Error(`${parts.length} of ${commands.length} commands were observed`)
  return parts.map(read)
}

/** What the runner itself is made of: `timeout`, `sh`, `env`, and bash. */
const RUNNER = 4

function read(trace: string): Observed {
  const seen: Observed = { programs: [], effects: [], opened: [] }
  for (const line of trace.split('\n')) {
    const call = /^\d+ +(?<name>\w+)\((?<rest>.*)$/s.exec(line)?.groups
    if (call === undefined) continue
    const { name = '', rest = '' } = call
    const path = /"(?<path>(?:[^"\\]|\\.)*)"/.exec(rest)?.groups?.['path'] ?? ''
    const failed = / = -1 E/.test(rest)
    if (name.startsWith('exec')) {
      if (!failed || !/ENOENT/.test(rest)) seen.programs.push({ path, args: /\[.*\]/.exec(rest)?.[0] ?? '' })
    } else if (name.startsWith('open')) {
      const writes = /O_(?:WRONLY|RDWR|CREAT|TRUNC|APPEND|TMPFILE)/.test(rest)
      if (!writes && !failed) seen.opened.push(path)
      if (writes && !/^\/dev\/(?:null|tty)$/.test(path)) seen.effects.push(line)
    } else if (name === 'connect' && /\/nscd\/socket/.test(rest)) continue
    // The runner's own end of a command that takes too long.
    else if (name === 'kill' && /SIG(?:TERM|CONT|0)/.test(rest)) continue
    else seen.effects.push(line)
  }
  const runner = seen.programs.splice(0, RUNNER).map((program) => basename(program.path))
  if (runner.join(' ') !== 'timeout sh env bash') throw new Error(`not the runner: ${runner.join(' ')}`)
  return seen
}

function quoted(word: string): string {
  return `'${word.replaceAll("'", `'\\''`)}'`
}

function run(file: string, args: string[], env: NodeJS.ProcessEnv, cwd: string): Promise<number> {
  return new Promise((resolve) => {
    const child = spawn(file, args, { env: { PATH: process.env['PATH'], ...env }, cwd, stdio: 'ignore' })
    child.on('error', () => resolve(-1))
    child.on('exit', (code) => resolve(code ?? -1))
  })
}
