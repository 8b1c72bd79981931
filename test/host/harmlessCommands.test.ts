import assert from 'node:assert/strict'
import { call, reply, text } from '../support/model/scriptedModel.ts'
import { nextEvent, stretto, withModel } from './withModel.ts'

describe('a command in the mode that asks', () => {
  it('runs without a question when it is known to be harmless; another one asks, and says why', async () => {
    const api = await stretto()
    await using _ = await withModel(
      reply(call('terminal', { command: 'echo found | cat' }), call('terminal', { command: 'echo $((1)) > made.txt' })),
      reply(text('Done.')),
    )
    const ended = nextEvent(api, 'callEnded')
    const asked = nextEvent(api, 'callApproval')
    const turn = api.ask('Look')
    assert.match((await ended).event.result, /^exit code 0\nfound/)
    const { sessionId, event } = await asked
    assert.match(event.request.reason, /\$\(\(1\)\)” is not understood/)
    await api.stop(sessionId)
    assert.equal((await turn).status, 'stopped')
  })
})
