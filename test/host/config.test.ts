import assert from 'node:assert/strict'
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import * as vscode from 'vscode'
import { call, type ModelStep, reply, text } from '../support/model/scriptedModel.ts'
import { begin, statuses, until } from './support/turns.ts'
import { setUserSetting, stretto, withModel } from './withModel.ts'

const set = (file: string, key: string, value: unknown): ModelStep =>
  call('config', { action: 'set', file, key, value })
const get = (file: string, key?: string): ModelStep => call('config', { action: 'get', file, key })

describe('the configuration', () => {
  it('of models is changed by the model, many values at once, and read again', async () => {
    await setUserSetting('approvals.mode', 'all')
    try {
      const api = await stretto()
      const ids = Array.from({ length: 10 }, (_, n) => `my-${n}.5`)
      await using model = await withModel(
        reply(...ids.map((id, n) => set('models', `${id}.contextTokens`, 1000 + n))),
        reply(...ids.map((id) => get('models', `${id}.contextTokens`))),
        reply(...ids.map((id) => call('config', { action: 'set', file: 'models', key: `"${id}"` }))),
        reply(get('models')),
        reply(text('Done.')),
      )
      const { calls } = await api.ask('Go')
      assert.deepEqual([...new Set(statuses(calls))], ['completed'])
      const results = (request: number): unknown[] =>
        model.requests[request]?.messages.filter(({ role }) => role === 'tool').map(({ content }) => content) ?? []
      assert.deepEqual(
        results(2).slice(10),
        ids.map((_, n) => String(1000 + n)),
      )
      assert.equal(results(4).at(-1), '{}')
    } finally {
      await setUserSetting('approvals.mode', undefined)
    }
  })

  it('of what is granted and of VS Code is never changed without the user’s word', async () => {
    await setUserSetting('approvals.mode', 'all')
    try {
      const api = await stretto()
      await using _model = await withModel(
        reply(
          get('settings', 'stretto.approvals.mode'),
          set('settings', 'approvals.mode', 'ask'),
          set('permissions', 'allow', [{ tool: '*' }]),
          set('mcp', 'servers.x.command', 'x'),
        ),
      )
      const { sessionId, turn } = await begin(api)
      const { calls } = await until(
        api,
        sessionId,
        (state) => state.calls.filter(({ status }) => status === 'approval').length === 3,
      )
      assert.deepEqual(statuses(calls), ['completed', 'approval', 'approval', 'approval'])
      await api.stop(sessionId)
      await turn
    } finally {
      await setUserSetting('approvals.mode', undefined)
    }
  })

  it('is checked by the editor too', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'stretto-schema-'))
    try {
      const path = join(folder, 'globalStorage/stretto.stretto/models.jsonc')
      mkdirSync(join(path, '..'), { recursive: true })
      writeFileSync(path, '{\n  // mine\n  "my-model": { "contextTokens": "many" },\n}\n')
      const uri = vscode.Uri.file(path)
      const told = new Promise<vscode.Diagnostic[]>((resolve) => {
        const look = (): void => {
          const problems = vscode.languages.getDiagnostics(uri)
          if (problems.length > 0) resolve(problems)
        }
        vscode.languages.onDidChangeDiagnostics(look)
        look()
      })
      await vscode.window.showTextDocument(uri)
      const [problem] = await told
      assert.match(problem?.message ?? '', /Incorrect type. Expected "integer"/)
      assert.equal(problem?.range.start.line, 2)
    } finally {
      await vscode.commands.executeCommand('workbench.action.closeActiveEditor')
      rmSync(folder, { recursive: true })
    }
  })
})
