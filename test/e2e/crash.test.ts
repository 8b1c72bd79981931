import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, describe, expect, it } from 'vitest'
import { call, reply, scriptedModel, text } from '../support/model/scriptedModel.ts'
import { openChat } from './support/chat.ts'
import { runs, untilFile } from './support/machine.ts'
import { closeBrowser, openVsCode } from './support/openVsCode.ts'
import { untilEnded } from './support/studio.ts'

afterAll(closeBrowser)

describe('a crash of the extension host', () => {
  it('leaves nothing of what the agent has started', async () => {
    const long = (name: string): string => `bash -c 'echo $$ > ${name}.tmp; mv ${name}.tmp ${name}; exec sleep 300'`
    await using model = await scriptedModel(
      reply(
        call('terminal', { command: `echo $PPID > host; exec ${long('plain')}`, background: true }),
        call('terminal', { command: `setsid ${long('setsid')} >/dev/null 2>&1 & exit 0` }),
        call('terminal', { command: `(trap '' TERM; setsid ${long('double')} &); exit 0` }),
      ),
      reply(text('All run.')),
    )
    await using vscode = await openVsCode({ model, settings: { 'stretto.approvals.mode': 'all' } })
    const chat = await openChat(vscode.page)
    await chat.send('Start them')
    const names = ['plain', 'setsid', 'double', 'host']
    await Promise.all(names.map((name) => untilFile(join(vscode.workspace, name))))
    await untilEnded(chat, 'Completed in')
    const pidOf = async (name: string): Promise<number> => Number(await readFile(join(vscode.workspace, name), 'utf8'))
    const [host = 0, ...pids] = await Promise.all(names.toReversed().map(pidOf))
    expect(pids.map(runs)).toEqual([true, true, true])
    process.kill(host, 'SIGKILL')
    await expect.poll(() => [host, ...pids].filter(runs), { timeout: 15_000 }).toEqual([])
  })
})
