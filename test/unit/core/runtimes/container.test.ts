import { execFile, execFileSync } from 'node:child_process'
import { chmod, mkdtemp, realpath, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { containerRuntime } from '../../../../src/core/runtimes/container.ts'
import { neverCancelled } from '../../../../src/core/scheduling/cancellation.ts'

let folder: string
let engine: string

/** Stands for an engine: `exec -i NAME` runs the rest in an empty environment, in another folder. */
const shim = `#!/bin/sh
[ "$1 $2" = "exec -i" ] || exit 125
[ "$3" = web ] || { echo "Error: no such container $3" >&2; exit 1; }
shift 3; cd /; exec env -i "PATH=$PATH" "$@"
`

beforeAll(async () => {
  folder = await realpath(await mkdtemp(join(tmpdir(), 'container-')))
  engine = join(folder, 'engine')
  await writeFile(engine, shim)
  await chmod(engine, 0o755)
})
afterAll(() => rm(folder, { recursive: true, force: true }))

async function run(command: string, options: { engine: string; name: string; folder: string }) {
  const runtime = containerRuntime(options)
  const carrier = await runtime.carry({ command, mark: 'm;', input: false }, neverCancelled)
  if ('kind' in carrier) throw new Error(carrier.message)
  const child = execFile(carrier.file, [...carrier.args])
  const heard = { output: '', errors: '' }
  child.stdout?.on('data', (text: string) => (heard.output += text))
  child.stderr?.on('data', (text: string) => (heard.errors += text))
  const code = await new Promise<number | null>((resolve) => child.once('close', resolve))
  return { code, ...heard, lost: runtime.lost(code ?? undefined, heard.errors) }
}

test('a command runs in the container’s folder, by the engine’s own exec', async () => {
  const end = await run(`pwd; echo "a 'b' \\\\"; echo wrong >&2; exit 3`, { engine, name: 'web', folder })
  expect(end).toEqual({ code: 3, output: `${folder}\na 'b' \\\n`, errors: 'wrong\n', lost: undefined })
})

test('a container that does not run says what to do', async () => {
  const { lost } = await run('true', { engine, name: 'gone', folder })
  expect(lost).toMatchObject({ code: 'unreachable', message: expect.stringContaining('start gone') })
})

const image = ['run', '--rm', '--network', 'none', '--rootfs', '/', 'true']
const podman = works('podman', image)

test.skipIf(!podman)('podman runs a command the same way (skipped where it cannot start a container)', async () => {
  execFileSync('podman', ['run', '-d', '--name', 'stretto-test', '--network', 'none', '--rootfs', '/', 'sleep', '60'])
  try {
    const end = await run('echo inside; exit 4', { engine: 'podman', name: 'stretto-test', folder: '/tmp' })
    expect(end).toMatchObject({ code: 4, output: 'inside\n', lost: undefined })
  } finally {
    execFileSync('podman', ['rm', '-f', 'stretto-test'])
  }
})

function works(command: string, args: string[]): boolean {
  try {
    execFileSync(command, args, { stdio: 'ignore', timeout: 20_000 })
    return true
  } catch {
    // Not installed, or not allowed to: the test says that it was skipped.
    return false
  }
}
