import { expect, test } from 'vitest'
import { processTool } from '../../../../src/core/tools/process.ts'
import { terminal } from '../../../../src/core/tools/terminal.ts'
import { CancellationSource, textOf, until, Workbench } from './workbench.ts'

/** Starts commands in the background and gives the process tool. */
async function started(bench: Workbench, commands: Record<string, string>) {
  const shell = terminal(bench.ports)
  for (const [name, command] of Object.entries(commands)) {
    await bench.call(shell, { command, background: true, name })
  }
  // What a busy machine is late with is read too, as if it had come in the first moment.
  const early = (command: string): string => /^echo (\w+);/.exec(command)?.[1] ?? ''
  await Promise.all(Object.entries(commands).map(([name, command]) => untilWritten(bench, name, early(command))))
  for (const { work } of bench.background.entries) work.output.unread()
  const tool = processTool(bench.ports)
  return (input: unknown, source = new CancellationSource()) => bench.call(tool, input, source.token)
}

function write(bench: Workbench, id: string, text = '\n'): void {
  bench.background.get(id)?.work.write?.(text)
}

function untilWritten(bench: Workbench, id: string, text: string): Promise<void> {
  return until(() => bench.background.get(id)?.work.output.text().includes(text) === true)
}

test('lists what runs and how the rest has ended', async () => {
  await using bench = await Workbench.open()
  const ask = await started(bench, { a: 'sleep 300', b: 'read x; exit 2' })
  write(bench, 'b')
  await bench.background.get('b')?.work.ended
  expect(textOf(await ask({ action: 'list' }))).toBe('a (running): sleep 300\nb (exit code 2): read x; exit 2')
})

test('reads what came since it was last read', async () => {
  await using bench = await Workbench.open()
  const ask = await started(bench, { a: 'echo one; read x; echo two; sleep 300' })
  expect(textOf(await ask({ action: 'read', id: 'a' }))).toBe('a (running)\n(no new output)')
  write(bench, 'a')
  await untilWritten(bench, 'a', 'two')
  expect(textOf(await ask({ action: 'read', id: 'a' }))).toBe('a (running)\ntwo\n')
})

test('waits for one, for all and for the first', async () => {
  await using bench = await Workbench.open()
  const ask = await started(bench, { a: 'read x; echo a', b: 'read x; echo b', c: 'sleep 300' })
  const one = ask({ action: 'wait', id: 'a' })
  const both = ask({ action: 'wait', ids: ['a', 'b'] })
  const first = ask({ action: 'wait', id: 'any' })
  write(bench, 'a')
  expect(textOf(await one)).toContain('a (exit code 0)')
  expect(textOf(await first)).toMatch(/^a \(exit code 0\)\n[^]*b \(running\)[^]*c \(running\)/)
  expect(await Promise.race([both, Promise.resolve('waits')])).toBe('waits')
  write(bench, 'b')
  expect(textOf(await both)).toMatch(/^a \(exit code 0\)[^]*b \(exit code 0\)/)
})

test('a wait has a deadline and says who still runs', async () => {
  await using bench = await Workbench.open()
  const ask = await started(bench, { a: 'sleep 300' })
  const text = textOf(await ask({ action: 'wait', timeout_s: 0.05 }))
  expect(text).toBe('Still running after 0.05 s: a\na (running)\n(no new output)')
  bench.settings.commandSeconds = 0.05
  expect(textOf(await ask({ action: 'wait', id: 'a', timeout_s: 900 }))).toContain('Still running after 0.05 s')
})

test('a steered wait returns what it has, and the process goes on', async () => {
  await using bench = await Workbench.open()
  const ask = await started(bench, { a: 'read x; echo heard; sleep 300' })
  const source = new CancellationSource()
  const waiting = ask({ action: 'wait', id: 'a' }, source)
  write(bench, 'a')
  await untilWritten(bench, 'a', 'heard')
  source.cancel('steer')
  expect(await waiting).toEqual({ kind: 'cancelled', partial: 'a (running)\nheard\n' })
  expect(bench.background.get('a')?.end).toBeUndefined()
  expect(processTool(bench.ports).onSteer).toBe('return')
})

test('stops with all that it started; one that has ended is stopped at once', async () => {
  await using bench = await Workbench.open()
  const ask = await started(bench, { a: '(setsid sleep 300 &); sleep 300', b: 'sleep 300' })
  const both = 'a (stopped)\n(no new output)\nb (stopped)\n(no new output)'
  expect(textOf(await ask({ action: 'stop', ids: ['a', 'b'] }))).toBe(both)
  expect(bench.processes.size).toBe(0)
  expect(textOf(await ask({ action: 'stop', id: 'a' }))).toContain('a (stopped)')
})

test('writes to the input and gives the answer; Ctrl+D closes it', async () => {
  await using bench = await Workbench.open()
  const ask = await started(bench, { calc: 'while read x; do echo $((x * 2)); done; echo bye' })
  expect(textOf(await ask({ action: 'write', id: 'calc', text: '21\n' }))).toBe('calc (running)\n42\n')
  const last = textOf(await ask({ action: 'write', id: 'calc', text: '4\n\u0004' }))
  expect(last).toBe('calc (exit code 0)\n8\nbye\n')
  expect(textOf(await ask({ action: 'write', id: 'calc', text: 'x' }))).toMatch(/^ended: calc has ended/)
})

test('a text for a process is judged as itself, and in order with what else is done to that process', async () => {
  await using bench = await Workbench.open()
  await started(bench, { a: 'cat' })
  const tool = processTool(bench.ports)
  const claims = [{ kind: 'process', path: 'a' }]
  expect(await tool.plan({ action: 'write', id: 'a', text: 'ls\n' })).toMatchObject({
    claims,
    action: { kind: 'input', process: 'a', title: 'cat', text: 'ls\n' },
  })
  expect(await tool.plan({ action: 'stop', id: 'a' })).toMatchObject({ claims, action: { kind: 'session' } })
  expect(await tool.plan({ action: 'wait', id: 'a' })).toMatchObject({ claims: [], action: { kind: 'session' } })
})

test('what it cannot do it says, and what to do instead', async () => {
  await using bench = await Workbench.open()
  const ask = await started(bench, { a: 'sleep 300' })
  const missing = 'no_process: There is no background process b. There are: a.'
  expect(textOf(await ask({ action: 'read', id: 'b' }))).toBe(missing)
  expect(textOf(await ask({ action: 'stop' }))).toMatch(/^bad_input: stop needs id or ids/)
  expect(textOf(await ask({ action: 'write', id: 'a' }))).toMatch(/^bad_input: write needs id and text/)
  await bench.call(terminal(bench.ports), { command: 'sleep 300 >/dev/null & sleep 0.01' })
  expect(textOf(await ask({ action: 'write', id: 'sleep', text: 'x' }))).toMatch(/^no_input: /)
})
