import { execFile } from 'node:child_process'
import { promisify } from 'node:util'
import { describe, expect, it } from 'vitest'
import { untilCall } from '../support/chat.ts'
import { picture } from '../support/picture.ts'
import { newSession, type Studio, untilEnded } from '../support/studio.ts'

const run = promisify(execFile)

export function demoStories(studio: Studio): void {
  describe('the demo', () => {
    it('repairs the sample workspace, and its tests pass', async () => {
      const vscode = studio.vscode()
      await vscode.configure({ 'stretto.model.provider': 'demo', 'stretto.approvals.mode': 'all' })
      const chat = await newSession(vscode)
      await chat.button('Model: Demo (a script)').waitFor()
      const tests = () => run('npm', ['test'], { cwd: vscode.workspace })
      await expect(tests()).rejects.toThrow()
      await chat.send('fix the failing test')
      await untilEnded(chat, 'Completed in')
      for (const path of ['src/price.js', 'src/cart.js']) await untilCall(chat.card('edit_file', path), 'completed')
      await chat.transcript.getByText('The tests pass.').waitFor()
      await chat.frame.getByRole('heading', { name: '2 files changed' }).waitFor()
      await expect(tests()).resolves.toBeDefined()
      await picture(vscode, 'done', { themes: ['light', 'dark', 'hc'] })
      await picture(vscode, 'done', { themes: ['light'], width: 320 })
      await chat.frame.getByRole('button', { name: 'Show diff of src/price.js' }).click()
      await vscode.page.locator('.monaco-diff-editor').first().waitFor()
      await picture(vscode, 'diff', { themes: ['dark'], window: true })
    })
  })
}
