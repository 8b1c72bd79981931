import { readFile } from 'node:fs/promises'
import { expect, test } from 'vitest'
import { terminal } from '../../../../src/core/tools/terminal.ts'
import { CancellationSource, textOf, until, Workbench } from './workbench.ts'

test('gives the exit code and the output, both streams in the order of writing', async () => {
  await using bench = await Workbench.open()
  const command = 'for i in 1 2 3; do echo out $i; echo err $i >&2; done; exit 3'
  const result = await bench.call(terminal(bench.ports), { command })
  const text = 'exit code 3\nout 1\nerr 1\nout 2\nerr 2\nout 3\nerr 3\n'
  expect(result).toEqual({ kind: 'completed', text, fact: 'exit 3', exitCode: 3 })
})

test('output is live while the command runs, and a signal is named', async () => {
  await using bench = await Workbench.open()
  const running = bench.call(terminal(bench.ports), {
    command: 'echo early; until [ -e go ]; do sleep 0.02; done; kill -9 $$',
  })
  await until(() => bench.output.join('') === 'early\n')
  await bench.write({ go: '' })
  expect(await running).toMatchObject({
    text: 'ended by signal SIGKILL\nearly\n',
    fact: 'SIGKILL',
    exitCode: undefined,
  })
})

test('runs in the first folder or in the one that was named, which must exist', async () => {
  await using bench = await Workbench.open({ 'sub/a.txt': '' })
  const tool = terminal(bench.ports)
  expect(textOf(await bench.call(tool, { command: 'pwd' }))).toBe(`exit code 0\n${bench.folder}\n`)
  expect(textOf(await bench.call(tool, { command: 'ls', cwd: 'sub' }))).toBe('exit code 0\na.txt\n')
  expect(textOf(await bench.call(tool, { command: 'ls', cwd: 'none' }))).toMatch(/^not_found: /)
  expect(textOf(await bench.call(tool, { command: 'ls', cwd: 'sub/a.txt' }))).toMatch(/^not_a_folder: /)
  bench.folders = []
  expect(textOf(await bench.call(tool, { command: 'ls' }))).toMatch(/^no_folder: /)
})

test('a plan shows the exact command and where it runs, and may shorten the deadline only', async () => {
  await using bench = await Workbench.open()
  const tool = terminal(bench.ports)
  expect(await tool.plan({ command: 'ls\n-la', timeout_s: 2 })).toMatchObject({
    claims: [{ kind: 'run' }],
    action: { kind: 'command', command: 'ls\n-la', cwd: bench.folder },
    deadlineMs: 2_000,
  })
  expect(await tool.plan({ command: 'ls', timeout_s: 10_000 })).toMatchObject({ deadlineMs: 600_000 })
  expect(tool.deadlineMs).toBe(600_000)
  bench.settings.commandSeconds = 5
  expect(tool.deadlineMs).toBe(5_000)
})

test('what it does not know is refused by name', () => {
  const tool = terminal(new Workbench('/').ports)
  const parsed = tool.input.safeParse({ command: 'ls', shell: 'sh' })
  expect(parsed.error?.message).toContain('shell')
  expect(tool.input.safeParse({ command: ' ' }).success).toBe(false)
})

test('keys to models do not reach a command', async () => {
  await using bench = await Workbench.open()
  process.env['OPENAI_API_KEY'] = 'sk-canary'
  try {
    expect(textOf(await bench.call(terminal(bench.ports), { command: 'env' }))).not.toContain('sk-canary')
  } finally {
    delete process.env['OPENAI_API_KEY']
  }
})

test('100 MB of output are bounded, in memory, on the card and in the result', async () => {
  await using bench = await Workbench.open()
  const command = 'echo first; yes 0123456789012345678901234567890123456789 | head -c 100000000; echo; echo last'
  const before = process.memoryUsage().rss
  const text = textOf(await bench.call(terminal(bench.ports), { command }))
  expect(text.length).toBeLessThan(31_000)
  expect(text.startsWith('exit code 0\nfirst\n')).toBe(true)
  expect(text).toMatch(/lines \(\d+ KB\) left out/)
  expect(text.endsWith('last\n')).toBe(true)
  expect(bench.output.join('').length).toBeLessThan(2_000_000)
  expect(process.memoryUsage().rss - before).toBeLessThan(200 * 1024 * 1024)
})

test('stopped, it ends the tree and gives the output so far', async () => {
  await using bench = await Workbench.open()
  const source = new CancellationSource()
  const command = "echo so far; (setsid sh -c 'echo $$ > pid.tmp; mv pid.tmp pid; exec sleep 300' &); sleep 300"
  const running = bench.call(terminal(bench.ports), { command }, source.token)
  const pid = async (): Promise<string> => readFile(`${bench.folder}/pid`, 'utf8').catch(() => '')
  await until(async () => (await pid()) !== '')
  source.cancel('stop')
  const result = await running
  expect(result).toMatchObject({ kind: 'cancelled' })
  expect(textOf(result)).toContain('so far\n')
  const child = Number(await pid())
  await until(() => hasEnded(child), 1_000)
})

/** An ended orphan that its new parent has not taken note of is listed on. */
async function hasEnded(pid: number): Promise<boolean> {
  const stat = await readFile(`/proc/${pid}/stat`, 'latin1').catch(() => '')
  return stat === '' || /\) [ZX] /.test(stat)
}

test('says which files on disk are older than their buffers', async () => {
  await using bench = await Workbench.open()
  bench.unsaved = [{ path: '/w/b.ts', asked: '/w/b.ts', display: 'b.ts', inside: true }]
  const text = textOf(await bench.call(terminal(bench.ports), { command: 'true' }))
  expect(text).toBe('exit code 0\n(On disk, older than their unsaved buffers: b.ts)\n(no output)')
})

test('a command in the background gives its id at once, with what it wrote in its first moment', async () => {
  await using bench = await Workbench.open()
  const tool = terminal(bench.ports, 3_000)
  const command = 'echo ready; read line; echo got $line; exit 3'
  const calls = ['server', 'server'].map((name) => bench.call(tool, { command, background: true, name }))
  const results = await Promise.all(calls)
  // Which of the two is first is the machine's affair.
  expect(results.toSorted((a, b) => textOf(a).localeCompare(textOf(b)))).toEqual(
    ['server-2', 'server'].map((id) => ({ kind: 'backgrounded', background: { id, output: 'ready\n' } })),
  )
  const server = bench.background.get('server')
  expect(server?.work.write?.('hello\n')).toBeUndefined()
  expect(await server?.work.ended).toBe('exit code 3')
  expect(server?.work.output.unread()).toBe('got hello\n')
  await bench.background.get('server-2')?.work.stop()
  expect(await bench.background.get('server-2')?.work.ended).toBe('stopped')
})

test('one that ends in its first moment has a result as any other, and takes no id', async () => {
  await using bench = await Workbench.open()
  const tool = terminal(bench.ports, 20_000)
  const result = await bench.call(tool, { command: 'echo no; exit 4', background: true, name: 'a' })
  expect(result).toMatchObject({ kind: 'completed', exitCode: 4, text: 'exit code 4\nno\n' })
  expect(bench.background.entries).toEqual([])
})

test('a command in the background is ended by time where that was asked for', async () => {
  await using bench = await Workbench.open()
  const asked = { command: 'sleep 300', background: true, timeout_s: 0.8 }
  const result = await bench.call(terminal(bench.ports), asked)
  expect(result).toMatchObject({ kind: 'backgrounded', background: { id: 'sleep' } })
  expect(await bench.background.get('sleep')?.work.ended).toBe('stopped')
})

test('stopped in its first moment, a background command ends and takes no id', async () => {
  await using bench = await Workbench.open()
  const source = new CancellationSource()
  const tool = terminal(bench.ports, 20_000)
  const running = bench.call(tool, { command: 'echo x; sleep 300', background: true }, source.token)
  await until(() => bench.output.length > 0)
  source.cancel('stop')
  expect(await running).toMatchObject({ kind: 'cancelled' })
  expect(bench.background.entries).toEqual([])
  expect(bench.processes.size).toBe(0)
})

test.each([
  ['in its group', '(sleep 0.2; echo late; exec sleep 300) &'],
  ['in a session of its own, its output elsewhere', 'setsid sleep 300 >/dev/null 2>&1 &'],
])('what a command leaves running %s goes on in the table, and ends like the rest', async (_where, command) => {
  await using bench = await Workbench.open()
  const text = textOf(await bench.call(terminal(bench.ports), { command: `echo begun; ${command}` }))
  const [, id = ''] = /\(What it left running goes on in the background as (\S+)\)/.exec(text) ?? []
  expect(id).toBe('echo')
  const left = bench.background.get(id)
  expect(left?.work.detached).toBe(true)
  expect(left?.end).toBeUndefined()
  if (command.includes('late')) await until(() => left?.work.output.text().includes('late') === true)
  await left?.work.stop()
  expect(await left?.work.ended).toBe('ended')
  const told = bench.told.map(({ type }) => type).filter((type) => type !== 'processOutput')
  expect(told).toEqual(['processStarted', 'processEnded'])
})

test('what is left behind is seen to end by itself', async () => {
  await using bench = await Workbench.open()
  await bench.call(terminal(bench.ports), { command: '(sleep 0.8; echo done) &' })
  const left = bench.background.entries[0]
  expect(left?.end).toBeUndefined()
  await left?.work.ended
  expect(left?.work.output.unread()).toBe('done\n')
})

test('what ends with its command, or just after it, is not left behind', async () => {
  await using bench = await Workbench.open()
  await bench.call(terminal(bench.ports), { command: 'sleep 0.03 >/dev/null 2>&1 & sleep 0.01 &' })
  expect(bench.background.entries).toEqual([])
})

test('long output is whole in a file that the result names', async () => {
  await using bench = await Workbench.open()
  const text = textOf(await bench.call(terminal(bench.ports), { command: 'seq 1 100000' }))
  const [, path = ''] = /left out; all of it is in (\S+) …/.exec(text) ?? []
  expect((await readFile(path, 'utf8')).endsWith('\n99999\n100000\n')).toBe(true)
  await bench.processes.dispose()
  await expect(readFile(path)).rejects.toThrow('ENOENT')
})
