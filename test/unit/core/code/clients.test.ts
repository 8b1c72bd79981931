import { execFile } from 'node:child_process'
import { promisify } from 'node:util'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { RESULT_FILE_BYTES } from '../../../../src/core/code/protocol.ts'
import { CancelledError, orCancelled } from '../../../../src/core/scheduling/cancellation.ts'
import { failed } from '../../../../src/core/tools/tool.ts'
import { type OnCall, runScript, type Way } from '../../../support/rpc/scriptProcess.ts'

const ways: Way[] = ['stream', 'files', 'commands']
const COUNT = 100
const FAILING = 17
const CANCELLED = 42

const terminal: OnCall = async (_name, { command }, token) => {
  const { stdout } = await promisify(execFile)('sh', ['-c', String(command)], { signal: token.signal })
  return { kind: 'text', text: stdout.trim() }
}

const echo: OnCall = async (name, input) => ({ kind: 'text', text: JSON.stringify([name, input]) })

/**
 * Answers nothing before all calls are there; then call 0, whose asker takes one back (or the user stops that one), then
 * the others, shuffled.
 */
function outOfOrder(seed: number, cancelledBy: 'asker' | 'user' = 'asker'): OnCall {
  const all = Promise.withResolvers<void>()
  const takenBack = Promise.withResolvers<void>()
  const [order = []] = fc.sample(fc.shuffledSubarray([...Array(COUNT).keys()], { minLength: COUNT }), {
    seed,
    numRuns: 1,
  })
  const answered = order.map(() => Promise.withResolvers<void>())
  let arrived = 0
  return async (_name, { tag }, token) => {
    if (++arrived === COUNT) all.resolve()
    await all.promise
    if (tag === 0) return { kind: 'text', text: 'answer 0' }
    if (tag === CANCELLED) {
      if (cancelledBy === 'asker') await orCancelled(new Promise(() => {}), token).catch(() => {})
      takenBack.resolve()
      throw new CancelledError('stop')
    }
    await takenBack.promise
    const place = order.indexOf(Number(tag))
    for (const earlier of order.slice(0, place))
      if (earlier !== 0 && earlier !== CANCELLED) await answered[earlier]?.promise
    answered[Number(tag)]?.resolve()
    return tag === FAILING ? failed('not_found', `no ${tag}`) : { kind: 'text', text: `answer ${Number(tag)}` }
  }
}

const expected = Array.from({ length: COUNT }, (_, tag) => {
  if (tag === FAILING) return 'not_found: no 17'
  return tag === CANCELLED ? 'cancelled' : `answer ${tag}`
})

describe.each(ways)('over %s', (way) => {
  test('ten Python threads, each with its own tag and delay, get each its own answer', async () => {
    const code = `
from stretto import tools
import threading
answers = {}
def ask(tag):
    answers[tag] = tools.terminal(command="sleep 0.%02d; echo tag %d" % (70 - 7 * tag, tag))
threads = [threading.Thread(target=ask, args=(tag,)) for tag in range(10)]
for thread in threads: thread.start()
for thread in threads: thread.join()
for tag in range(10): print(answers[tag] == "tag %d" % tag, answers[tag])
`
    const { output, faults } = await runScript('python', way, code, terminal)
    expect(output.trim().split('\n')).toEqual(Array.from({ length: 10 }, (_, tag) => `True tag ${tag}`))
    expect(faults).toEqual([])
  })

  test('a hundred calls of JavaScript get each their own answer, whatever the order, a failed and a cancelled one too', async () => {
    const code = `
const controller = new AbortController()
const ask = async (tag) => {
  try {
    return await tools.terminal({ tag }, tag === ${CANCELLED} ? { signal: controller.signal } : undefined)
  } catch (error) {
    return error.code === 'cancelled' ? 'cancelled' : error.code + ': ' + error.message
  } finally {
    if (tag === 0) controller.abort()
  }
}
console.log(JSON.stringify(await Promise.all(Array.from({ length: ${COUNT} }, (_, tag) => ask(tag)))))
`
    const { output, faults } = await runScript('javascript', way, code, outOfOrder(1))
    expect(JSON.parse(output)).toEqual(expected)
    expect(faults).toEqual([])
  })

  test('a hundred coroutines of Python get each their own answer, whatever the order, a failed and a cancelled one too', async () => {
    const code = `
from stretto import tools, ToolError
import asyncio, json
async def ask(tag):
    try:
        return await tools.aio.terminal(tag=tag)
    except ToolError as error:
        return str(error)
    except asyncio.CancelledError:
        return "cancelled"
    finally:
        if tag == 0: tasks[${CANCELLED}].cancel()
async def main():
    global tasks
    tasks = [asyncio.ensure_future(ask(tag)) for tag in range(${COUNT})]
    print(json.dumps(await asyncio.gather(*tasks)))
asyncio.run(main())
`
    const { output, faults } = await runScript('python', way, code, outOfOrder(2))
    expect(JSON.parse(output)).toEqual(expected)
    expect(faults).toEqual([])
  })

  test('a hundred threads of Python get each their own answer, whatever the order, a failed and a cancelled one too', async () => {
    const code = `
from stretto import tools, ToolError
import concurrent.futures, json
def ask(tag):
    try:
        return tools.terminal(tag=tag)
    except ToolError as error:
        return "cancelled" if error.code == "cancelled" else str(error)
with concurrent.futures.ThreadPoolExecutor(${COUNT}) as pool:
    print(json.dumps(list(pool.map(ask, range(${COUNT})))))
`
    const { output, faults } = await runScript('python', way, code, outOfOrder(3, 'user'))
    expect(JSON.parse(output)).toEqual(expected)
    expect(faults).toEqual([])
  })

  test('a large result comes whole, and its file is gone when it is read', async () => {
    const large = `${'é\r\n'.repeat(RESULT_FILE_BYTES / 4)}end`
    const code = {
      python: `from stretto import tools\ntext = tools.big()\nprint(len(text), text[:3] == "é\\r\\n", text[-3:])`,
      javascript: `const text = await tools.big(); console.log(text.length, text.startsWith('é\\r\\n') ? 'True' : 'False', text.slice(-3))`,
    }
    for (const language of ['python', 'javascript'] as const) {
      const { output } = await runScript(language, way, code[language], async () => ({ kind: 'text', text: large }))
      expect(output.trim()).toBe(`${large.length} True end`)
    }
  })

  test('calls that are open when the connection closes fail with the code closed, and so do later ones', async () => {
    const onCall: OnCall = async (_name, _input, token, connection) => {
      void connection[Symbol.asyncDispose]()
      return orCancelled(new Promise(() => {}), token)
    }
    const python = `
from stretto import tools, ToolError
for _ in range(2):
    try: tools.terminal(command="x")
    except ToolError as error: print(error.code)
`
    const javascript = `
for (const _ of [1, 2]) await tools.terminal({ command: 'x' }).catch((error) => console.log(error.code))
`
    expect((await runScript('python', way, python, onCall)).output).toBe('closed\nclosed\n')
    expect((await runScript('javascript', way, javascript, onCall)).output).toBe('closed\nclosed\n')
  })

  test('an interrupt in a call that blocks takes the call back, whenever it comes, and the next call works', async () => {
    const count = way === 'commands' ? 3 : 50
    const code = `
from stretto import tools
import os
interrupted = 0
for n in range(${count}):
    try: tools.wait(pid=os.getpid())
    except KeyboardInterrupt: interrupted += 1
print(interrupted, tools.echo(a=1))
`
    const cancelled: string[] = []
    const onCall: OnCall = async (name, input, token, connection) => {
      if (name === 'echo') return echo(name, input, token, connection)
      process.kill(Number(input['pid']), 'SIGINT')
      await orCancelled(new Promise(() => {}), token).catch((error: CancelledError) => cancelled.push(error.reason))
      throw new CancelledError('stop')
    }
    const { output, faults } = await runScript('python', way, code, onCall)
    expect(output).toBe(`${count} ["echo",{"a":1}]\n`)
    expect(cancelled).toEqual(Array.from({ length: count }, () => 'stop'))
    expect(faults).toEqual([])
  })
})

describe('the Python client', () => {
  const print = async (lines: string): Promise<string[]> => {
    const { output } = await runScript('python', 'stream', `from stretto import tools, ToolError\n${lines}`, echo)
    return output.trim().split('\n')
  }

  test('takes arguments by name, as one dict or both, and paths as strings', async () => {
    const code = `
import pathlib
print(tools.read_file(path="a", limit=2))
print(tools.read_file({"path": "a"}))
print(tools.read_file({"path": "a"}, limit=2))
print(tools.read_file(path=pathlib.Path("a") / "b"))
print(tools.todo())
`
    expect(await print(code)).toEqual([
      '["read_file",{"path":"a","limit":2}]',
      '["read_file",{"path":"a"}]',
      '["read_file",{"path":"a","limit":2}]',
      '["read_file",{"path":"a/b"}]',
      '["todo",{}]',
    ])
  })

  test('says what is wrong with arguments that are no JSON', async () => {
    const code = `
loop = []
loop.append(loop)
for arguments in [("a",), ({}, {}), ({"a": {1}},), ({"a": float("nan")},), ({"a": loop},), ({"a": "\\ud800"},)]:
    try: print(tools.read_file(*arguments))
    except ToolError as error: print(error)
`
    expect(await print(code)).toEqual([
      'invalid_input: Give read_file its arguments by name, or as one dict.',
      'invalid_input: Give read_file its arguments by name, or as one dict.',
      'invalid_input: What was given to read_file is not JSON: a set is none of dict, list, str, int, float, bool and None.',
      expect.stringMatching(/^invalid_input: What was given to read_file is not JSON: Out of range float/),
      'invalid_input: What was given to read_file is not JSON: Circular reference detected.',
      '["read_file",{"a":"\\ud800"}]',
    ])
  })

  test('refuses calls from a process that the script forked, in place of waiting for ever', async () => {
    const code = `
import os, sys
if os.fork() == 0:
    try: tools.read_file(path="a")
    except ToolError as error: print(error.code, flush=True)
    os._exit(0)
os.wait()
print(tools.read_file(path="b"))
`
    expect(await print(code)).toEqual(['forked', '["read_file",{"path":"b"}]'])
  })

  test('is only there in a script', async () => {
    const { output } = await runScript('python', 'stream', 'import stretto; del stretto.tools; stretto.tools', echo)
    expect(output).toContain('RuntimeError: stretto.tools is there in scripts that Stretto runs, and nowhere else.')
  })
})

describe('the JavaScript client', () => {
  const print = async (code: string): Promise<string[]> => {
    const { output } = await runScript('javascript', 'stream', code, echo)
    return output.trim().split('\n')
  }

  test('says what is wrong with arguments that are no JSON', async () => {
    const code = `
const loop = {}
loop.self = { loop }
const inputs = [{ a: undefined, b: new Date(0) }, { a: [1n] }, { a: Promise.resolve() }, { a: { b: NaN } }, { a: new Map() }, loop, { a: [undefined] }, { a() {} }]
for (const input of inputs) await tools.read_file(input).then(console.log, (error) => console.log(error.code, error.message))
`
    const wrong = 'invalid_input What was given to read_file is not JSON:'
    expect(await print(code)).toEqual([
      '["read_file",{"b":"1970-01-01T00:00:00.000Z"}]',
      `${wrong} a[0] is a bigint.`,
      `${wrong} a is a promise: await it first.`,
      `${wrong} a.b is NaN.`,
      `${wrong} a is a Map.`,
      `${wrong} self.loop contains itself.`,
      `${wrong} a[0] is undefined.`,
      `${wrong} a is a function.`,
    ])
  })

  test('is an object like others: it can be awaited, logged and written as JSON', async () => {
    const code = `
console.log((await tools) === tools, JSON.stringify(tools), tools.read_file === tools.read_file)
console.log(tools)
console.log(await tools.read_file(), await tools['mcp__a__b']({ c: 1 }))
`
    expect(await print(code)).toEqual([
      'true {} true',
      '[Object: null prototype] {}',
      '["read_file",{}] ["mcp__a__b",{"c":1}]',
    ])
  })
})
