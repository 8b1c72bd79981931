import { describe, expect, it } from 'vitest'
import { call, reply, text } from '../../support/model/scriptedModel.ts'
import { untilCall } from '../support/chat.ts'
import { picture } from '../support/picture.ts'
import { answerInput, openFile, runCommand } from '../support/shell.ts'
import { type Studio, untilEnded, WAIT_MS } from '../support/studio.ts'

const PATH = 'src/opening.js'

export function quickFixStories(studio: Studio): void {
  describe('Fix with Stretto', () => {
    it('in the light bulb’s menu sends the problem with its code, and repairs the file', async () => {
      await using story = await studio.begin(
        {},
        reply(
          text('I repair it.'),
          call('edit_file', { path: PATH, edits: [{ old_text: 'time.getHour()', new_text: 'time.getHours()' }] }),
        ),
        reply(text('`Date` has `getHours`. It is repaired.')),
      )
      const { page, chat } = story
      await openFile(page, PATH)
      await page
        .locator('.editor-instance .squiggly-error')
        .first()
        .waitFor({ timeout: 2 * WAIT_MS })
      await runCommand(page, 'Go to Line/Column')
      await answerInput(page, ':9:22')
      await page.locator('.editor-instance .monaco-editor.focused').waitFor()
      await page.keyboard.press('ControlOrMeta+.')
      const fix = page.locator('.action-widget .monaco-list-row').filter({ hasText: 'Fix with Stretto' })
      await fix.waitFor({ timeout: WAIT_MS })
      await picture(story.vscode, 'quick-fix', { themes: ['dark'], window: true })
      await fix.click()
      await untilCall(chat.card('edit_file', PATH), 'completed')
      await untilEnded(chat, 'Completed in')
      expect(await story.read(PATH)).toContain('time.getHours()')
      await page.locator('.editor-instance .view-lines').getByText('getHours').first().waitFor()
      await expect.poll(() => page.locator('.editor-instance .squiggly-error').count(), { timeout: WAIT_MS }).toBe(0)
      const { messages } = await story.model.request(0)
      const prompt = String(messages.findLast(({ role }) => role === 'user')?.content)
      expect(prompt).toContain(`Fix this problem in ${PATH}: Property 'getHour' does not exist on type 'Date'`)
      expect(prompt).toMatch(/- error, line 9, column 21 to line 9, column 28 \(ts 2551\)/)
      expect(prompt).toContain(' 9 |   const hour = time.getHour()')
      await picture(story.vscode, 'fixed', { window: true })
    })
  })
}
