import assert from 'node:assert/strict'
import { existsSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { homedir } from 'node:os'
import { delimiter, join } from 'node:path'
import { call, reply, text } from '../support/model/scriptedModel.ts'
import { begin, file, textOf, until } from './support/turns.ts'
import { nextEvent, setUserSetting, stretto, withModel } from './withModel.ts'

const canary = join(homedir(), 'stretto-sandbox-canary')

describe('behind the walls of the sandbox', function () {
  before(async function () {
    if (process.platform !== 'linux') this.skip()
    // VS Code takes PATH from the user's login shell, which knows nothing of the tests' own bubblewrap.
    process.env['PATH'] = `${process.env['PATH']}${delimiter}${process.env['STRETTO_TEST_SANDBOX']}`
    await setUserSetting('sandbox', 'auto')
    await setUserSetting('approvals.mode', 'edits')
  })
  after(async () => {
    await setUserSetting('sandbox', 'off')
    await setUserSetting('approvals.mode', undefined)
    rmSync(canary, { force: true })
  })

  it('a command runs without a question, writes in the workspace, and nowhere else, and sends nothing', async () => {
    const api = await stretto()
    let heard = 0
    const sink = createServer((_, response) => {
      heard++
      response.end()
    })
    await new Promise<void>((resolve) => sink.listen(0, '127.0.0.1', resolve))
    const { port } = sink.address() as AddressInfo
    const tries = [
      'echo inside > walls.txt',
      `echo out > ${canary} || echo kept-home`,
      'echo "{}" > .vscode/settings.json || echo kept-settings',
      `node -e 'fetch("http://127.0.0.1:${port}").catch(() => console.log("kept-quiet"))'`,
    ]
    await using _ = await withModel(reply(call('terminal', { command: tries.join('\n') })), reply(text('Done.')))
    const { sessionId, turn } = await begin(api)
    assert.deepEqual(
      (await turn).calls.map(({ status }) => status),
      ['completed'],
    )
    const [made] = api.state(sessionId)?.calls ?? []
    for (const kept of ['kept-home', 'kept-settings', 'kept-quiet']) assert.match(made?.result ?? '', new RegExp(kept))
    assert.deepEqual([textOf('walls.txt'), existsSync(canary), heard], ['inside\n', false, 0])
    await new Promise((resolve) => sink.close(resolve))
  })

  it('a script runs without a question, and its calls ask for what the model’s own would', async () => {
    const api = await stretto()
    const code = `require('node:fs').writeFileSync('script.txt', 'inside')
try { require('node:fs').writeFileSync(${JSON.stringify(canary)}, 'out') } catch { console.log('kept-home') }
await tools.write_file({ path: '.vscode/tasks.json', content: '{}' }).catch(({ code }) => console.log('asked:', code))`
    const script = call('execute_code', { language: 'javascript', code })
    await using _ = await withModel(reply(script), reply(text('Done.')))
    const asked = nextEvent(api, 'callApproval')
    const { sessionId, turn } = await begin(api)
    const { event } = await asked
    assert.match(event.request.reason, /tasks\.json can make VS Code run things/)
    await api.stop(sessionId, event.callId)
    await turn
    const [made] = api.state(sessionId)?.calls ?? []
    assert.equal(made?.status, 'completed')
    assert.match(made?.result ?? '', /kept-home/)
    assert.deepEqual([textOf('script.txt'), existsSync(canary)], ['inside', false])
    assert.equal(existsSync(file('.vscode/tasks.json')), false)
  })

  it('Stop leaves nothing alive of what hid itself from its command', async () => {
    const api = await stretto()
    // Where there are no walls nobody could find it: no mark, no session, no parent.
    const hidden = `(env -i setsid sleep 299.125 &) ; echo ready; sleep 60`
    await using _ = await withModel(reply(call('terminal', { command: hidden })))
    const { sessionId, turn } = await begin(api)
    await until(api, sessionId, ({ calls }) => /ready/.test(calls[0]?.output ?? '') && running('299.125') === 1)
    await api.stop(sessionId)
    assert.equal((await turn).status, 'stopped')
    assert.equal(running('299.125'), 0)
  })
})

/** How many processes of this machine have the argument. */
function running(argument: string): number {
  const ids = readdirSync('/proc').filter((name) => /^\d+$/.test(name))
  return ids.filter((id) => lineOf(id).split('\0').includes(argument)).length
}

function lineOf(id: string): string {
  try {
    return readFileSync(`/proc/${id}/cmdline`, 'utf8')
  } catch {
    // It ended meanwhile.
    return ''
  }
}
