import assert from 'node:assert/strict'
import { existsSync, writeFileSync } from 'node:fs'
import type { SessionState } from '../../src/protocol/state.ts'
import { gate } from '../support/model/gate.ts'
import { call, pause, reply, text } from '../support/model/scriptedModel.ts'
import { begin, file, immediate, isRunning, statuses, textOf, until, untilWritten, waiting } from './support/turns.ts'
import { nextEvent, setUserSetting, stretto, withModel } from './withModel.ts'

const javascript = (code: string) => call('execute_code', { language: 'javascript', code })
const python = (code: string) => call('execute_code', { language: 'python', code })
const command = (name: string) => JSON.stringify({ command: waiting(name) })
const named = ({ calls }: SessionState, name: string) => calls.find((one) => one.name === name)

describe('a script', () => {
  before(() => setUserSetting('approvals.mode', 'all'))
  after(() => setUserSetting('approvals.mode', undefined))

  for (const [language, code] of [
    [
      'JavaScript',
      `const all = await Promise.all(['a', 'b', 'c'].map((name) => tools.write_file({ path: 'js-' + name, content: name })))
await tools.read_file({ path: 'js-none' }).catch(({ code }) => console.log(all.length, code))`,
    ],
    [
      'Python',
      `from concurrent.futures import ThreadPoolExecutor
from stretto import tools, ToolError
with ThreadPoolExecutor() as pool:
    all = list(pool.map(lambda name: tools.write_file(path='py-' + name, content=name), 'abc'))
try:
    tools.read_file(path='py-none')
except ToolError as error:
    print(len(all), error.code)`,
    ],
  ] as const) {
    it(`in ${language} makes calls at once, and the model gets its result alone`, async () => {
      const api = await stretto()
      const script = language === 'Python' ? python(code) : javascript(code)
      await using model = await withModel(reply(script), reply(text('Done.')))
      const { sessionId, turn } = await begin(api)
      const { calls } = await turn
      assert.deepEqual(
        calls.map(({ name, status }) => [name, status]),
        [['execute_code', 'completed']],
      )
      const state = api.state(sessionId)
      assert.deepEqual(statuses(state?.calls.slice(1) ?? []), ['completed', 'completed', 'completed', 'failed'])
      assert.deepEqual([...new Set(state?.calls.slice(1).map(({ parentId }) => parentId))], ['c1'])
      const result = String(model.requests[1]?.messages.at(-1)?.content)
      assert.match(
        result,
        /It made 4 calls; 1 did not complete:\n- read_file \w\w-none: failed \(not_found\)\n3 not_found/,
      )
      assert.equal(textOf(language === 'Python' ? 'py-c' : 'js-c'), 'c')
    })
  }

  it('inside a script is ended by Stop with its command, and its queued edit never happens', async () => {
    const api = await stretto()
    const inner = `await Promise.all([tools.terminal(${command('nested')}), tools.write_file({ path: 'nested.txt', content: 'never' })])`
    const outer = `import os
from stretto import tools
with open('outer.pid', 'w') as file: file.write(str(os.getpid()))
tools.execute_code(language='javascript', code=${JSON.stringify(inner)})
open('outer.end', 'w').write('never')`
    await using model = await withModel(reply(python(outer)))
    const { sessionId, turn } = await begin(api)
    await until(
      api,
      sessionId,
      (state) =>
        named(state, 'terminal')?.output.includes('ready') === true && named(state, 'write_file')?.status === 'waiting',
    )
    await api.stop(sessionId)
    const result = await turn
    assert.equal(result.status, 'stopped')
    assert.deepEqual(statuses(result.calls), ['cancelled'])
    assert.deepEqual(statuses(api.state(sessionId)?.calls ?? []), Array(4).fill('cancelled'))
    assert.equal(isRunning(textOf('nested.pid')), false)
    assert.equal(isRunning(textOf('outer.pid')), false)
    writeFileSync(file('nested.go'), '')
    await immediate()
    for (const name of ['nested.txt', 'nested.end', 'outer.end']) assert.equal(existsSync(file(name)), false, name)
    assert.equal(model.requests.length, 1)
  })

  it('goes on with an error when one of its calls is stopped', async () => {
    const api = await stretto()
    const code = `await tools.terminal(${command('single')}).catch(({ code }) => console.log('caught', code))`
    await using model = await withModel(reply(javascript(code)), reply(text('Done.')))
    const { sessionId, turn } = await begin(api)
    await until(api, sessionId, (state) => named(state, 'terminal')?.output.includes('ready') === true)
    await api.stop(sessionId, named(api.state(sessionId) as SessionState, 'terminal')?.id)
    assert.equal(isRunning(textOf('single.pid')), false)
    assert.deepEqual(statuses((await turn).calls), ['completed'])
    assert.match(String(model.requests[1]?.messages.at(-1)?.content), /caught cancelled/)
  })

  it('is steered to the background, where the same command goes on and the script after it', async () => {
    const api = await stretto()
    const hold = gate()
    const code = `await tools.terminal(${command('goes')}); require('fs').writeFileSync('script.end', 'whole')`
    await using model = await withModel(reply(javascript(code)), reply(pause(hold), text('As you wish.')))
    const { sessionId, turn } = await begin(api)
    await until(api, sessionId, (state) => named(state, 'terminal')?.output.includes('ready') === true)
    await api.steer(sessionId, 'Something else')
    await hold.reached
    assert.match(String(model.requests[1]?.messages.at(-2)?.content), /goes on in the background as javascript/)
    assert.deepEqual(statuses(api.state(sessionId)?.calls ?? []), ['backgrounded', 'running'])
    assert.equal(isRunning(textOf('goes.pid')), true)
    const over = nextEvent(api, 'processEnded')
    writeFileSync(file('goes.go'), '')
    assert.equal(await untilWritten('goes.end'), textOf('goes.pid'))
    assert.equal(await untilWritten('script.end'), 'whole')
    assert.equal((await over).event.how, 'ended')
    hold.open()
    assert.deepEqual(statuses((await turn).calls), ['backgrounded'])
  })

  it('in the background is ended by a Stop of its turn, with its command', async () => {
    const api = await stretto()
    const hold = gate()
    const code = `await tools.terminal(${command('ended')}); require('fs').writeFileSync('ended.late', 'no')`
    await using _ = await withModel(reply(javascript(code)), reply(pause(hold)))
    const { sessionId, turn } = await begin(api)
    await until(api, sessionId, (state) => named(state, 'terminal')?.output.includes('ready') === true)
    await api.steer(sessionId, 'Something else')
    await hold.reached
    await api.stop(sessionId)
    hold.open()
    assert.equal((await turn).status, 'stopped')
    assert.equal(isRunning(textOf('ended.pid')), false)
    assert.deepEqual(statuses(api.state(sessionId)?.calls ?? []), ['backgrounded', 'cancelled'])
    for (const name of ['ended.late', 'ended.end']) assert.equal(existsSync(file(name)), false, name)
  })
})

describe('a wait for a process', () => {
  before(() => setUserSetting('approvals.mode', 'all'))
  after(() => setUserSetting('approvals.mode', undefined))

  it('returns what it has when the user steers, and the process goes on', async () => {
    const api = await stretto()
    await using model = await withModel(
      reply(call('terminal', { command: waiting('waited'), background: true, name: 'waited' })),
      reply(call('process', { action: 'wait', id: 'waited' })),
      reply(text('As you wish.')),
    )
    const { sessionId, turn } = await begin(api)
    await until(api, sessionId, (state) => named(state, 'process')?.status === 'waiting')
    await untilWritten('waited.pid')
    await api.steer(sessionId, 'Do not wait')
    assert.deepEqual(statuses((await turn).calls), ['backgrounded', 'cancelled'])
    assert.match(String(model.requests[2]?.messages.at(-2)?.content), /^Cancelled \(steer\): waited \(running\)/)
    assert.equal(isRunning(textOf('waited.pid')), true)
    writeFileSync(file('waited.go'), '')
    assert.equal(await untilWritten('waited.end'), textOf('waited.pid'))
  })
})
