import { afterAll, describe, expect, it } from 'vitest'
import { openChat } from './support/chat.ts'
import { closeBrowser, openVsCode } from './support/openVsCode.ts'

afterAll(closeBrowser)

describe('VS Code in a browser', () => {
  it('opens the panel, takes settings and answers from its extension host', async () => {
    await using vscode = await openVsCode({ settings: { 'stretto.approvals.mode': 'edits' } })
    await openChat(vscode.page)
    const seen = await vscode.driver.evaluate((api, key: string) => {
      return [api.workspace.getConfiguration().get(key), api.workspace.isTrusted, process.versions.node.split('.')[0]]
    }, 'stretto.approvals.mode')
    expect(seen).toEqual(['edits', true, '24'])
  })
})
