import { execFile, spawn } from 'node:child_process'
import { chmod, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { createServer } from 'node:net'
import { tmpdir, userInfo } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'

const run = promisify(execFile)

/** A real sshd on loopback that lets this user in with a key of its own. */
export interface SshServer extends AsyncDisposable {
  host: string
  /** For each `ssh`. */
  options: string[]
  /** Cuts every connection that it has, as a lost network does. */
  cut(): Promise<void>
}

/** @param environment of what runs there, besides what a login has */
export async function startSshServer(environment: Readonly<Record<string, string>> = {}): Promise<SshServer> {
  const folder = await mkdtemp(join(tmpdir(), 'sshd-'))
  await chmod(folder, 0o700)
  const key = (name: string): string => join(folder, name)
  for (const name of ['host', 'user']) await run('ssh-keygen', ['-q', '-t', 'ed25519', '-N', '', '-f', key(name)])
  await writeFile(key('authorized_keys'), await readFile(key('user.pub')))
  const port = await freePort()
  const settings = ['PidFile none', 'UsePAM no', 'StrictModes no', 'PasswordAuthentication no', 'MaxSessions 200']
  settings.push(`Port ${port}`, 'ListenAddress 127.0.0.1', `HostKey ${key('host')}`)
  settings.push(`AuthorizedKeysFile ${key('authorized_keys')}`, 'PermitRootLogin yes', 'MaxStartups 200')
  // Commands meet no start-up files of the user's: what is cut in the middle of them may leave locks behind.
  const variables = Object.entries({ HOME: folder, ...environment }).map(([name, value]) => `"${name}=${value}"`)
  settings.push(`SetEnv ${variables.join(' ')}`)
  await writeFile(key('config'), settings.join('\n'))
  // It wants this folder of its own, which Debian's service would make.
  await run('mkdir', ['-p', '/run/sshd'])
  const server = spawn('/usr/sbin/sshd', ['-D', '-e', '-f', key('config')], { stdio: ['ignore', 'ignore', 'pipe'] })
  await new Promise<void>((resolve, reject) => {
    server.stderr.on('data', (chunk: Buffer) => chunk.includes('listening') && resolve())
    server.once('exit', (code) => reject(new Error(`sshd ended with ${code}`)))
  })
  const known = ['-o', 'StrictHostKeyChecking=no', '-o', 'UserKnownHostsFile=/dev/null', '-o', 'IdentitiesOnly=yes']
  return {
    host: `${userInfo().username}@127.0.0.1`,
    options: ['-F', '/dev/null', '-p', String(port), '-i', key('user'), ...known],
    cut: async () => {
      const { stdout } = await run('pgrep', ['-P', String(server.pid)])
      for (const pid of stdout.trim().split('\n')) process.kill(Number(pid), 'SIGKILL')
    },
    [Symbol.asyncDispose]: async () => {
      server.kill()
      await rm(folder, { recursive: true, force: true })
    },
  }
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1')
  await new Promise((resolve) => server.once('listening', resolve))
  const address = server.address()
  await new Promise((resolve) => server.close(resolve))
  if (typeof address !== 'object' || address === null) throw new Error('no port')
  return address.port
}
