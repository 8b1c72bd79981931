import { afterAll, describe, expect, it } from 'vitest'
import { reply, scriptedModel, text } from '../support/model/scriptedModel.ts'
import { openChat } from './support/chat.ts'
import { closeBrowser, openVsCode } from './support/openVsCode.ts'
import { picture, widenSidebar, WIDTH } from './support/picture.ts'
import { runCommand } from './support/shell.ts'
import { untilEnded } from './support/studio.ts'

afterAll(closeBrowser)

describe('a workspace that is not trusted', () => {
  it('is not worked on: the panel says why, and works once it is trusted', async () => {
    await using model = await scriptedModel(reply(text('Now I may.')))
    await using vscode = await openVsCode({ model, trust: true })
    const { page } = vscode
    expect(await vscode.driver.evaluate((api) => api.workspace.isTrusted, undefined)).toBe(false)
    const chat = await openChat(page)
    await widenSidebar(page, WIDTH)
    const notice = chat.frame.locator('.host-notice').getByText('Stretto reads only, until you trust this workspace')
    await notice.waitFor()
    await picture(vscode, 'untrusted')
    await chat.send('Read it')
    await untilEnded(chat, 'Failed after')
    expect(model.requests).toEqual([])
    await chat.button('Manage trust').first().click()
    const editor = page.locator('.workspace-trust-editor')
    await editor.getByRole('button', { name: 'Trust', exact: true }).click()
    await editor.getByText('You trust this folder').waitFor()
    await runCommand(page, 'View: Close Editor')
    await notice.waitFor({ state: 'detached' })
    await chat.button('Try again').click()
    await chat.transcript.getByText('Now I may.').waitFor()
    const { messages } = await model.request(0)
    expect(messages.at(-1)).toMatchObject({ role: 'user', content: 'Read it' })
  })
})
