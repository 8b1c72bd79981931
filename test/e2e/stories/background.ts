import { describe, expect, it } from 'vitest'
import { call, reply, text } from '../../support/model/scriptedModel.ts'
import { untilCall } from '../support/chat.ts'
import { runs, untilFile } from '../support/machine.ts'
import { picture } from '../support/picture.ts'
import { type Studio, untilEnded, WAIT_MS } from '../support/studio.ts'

export function backgroundStories(studio: Studio): void {
  describe('a command in the background', () => {
    it('outlives its turn, and the user writes to it and ends it in a terminal of VS Code', async () => {
      const command = 'echo $$ > back-pid; echo Listening; while read line; do echo "$line" > back-heard; done'
      const input = { command, background: true, name: 'server' }
      await using story = await studio.begin({}, reply(call('terminal', input)), reply(text('It listens.')))
      const { chat, page } = story
      await chat.send('Serve')
      await untilCall(chat.card('terminal'), 'backgrounded')
      await untilEnded(chat, 'Completed in')
      const [result] = await story.results(1)
      expect(result).toBe('This goes on in the background as server. Its output so far:\nListening\n')
      await untilFile(story.path('back-pid'))
      const pid = Number(await story.read('back-pid'))
      const count = chat.frame.getByRole('button', { name: '1 in the background' })
      await count.click()
      const row = chat.frame.getByRole('list', { name: 'In the background' }).getByRole('listitem')
      await row.locator('.tail').getByText('Listening').waitFor()
      await picture(story.vscode, 'background')
      await chat.button('Open server in a terminal').click()
      const terminal = page.locator('.terminal.xterm').last()
      await terminal.waitFor()
      await page.keyboard.type('hello there')
      await page.keyboard.press('Enter')
      await untilFile(story.path('back-heard'))
      expect(await story.read('back-heard')).toBe('hello there\n')
      expect(runs(pid)).toBe(true)
      await page.keyboard.press('Control+C')
      await expect.poll(() => runs(pid), { timeout: WAIT_MS }).toBe(false)
      await count.waitFor({ state: 'detached' })
    })

    it('is shown whole and stopped from the list', async () => {
      const command = 'echo $$ > stop-pid; seq 1 500; exec sleep 300'
      const input = { command, background: true, name: 'sleeper' }
      await using story = await studio.begin({}, reply(call('terminal', input)), reply(text('It sleeps.')))
      const { chat, page } = story
      await chat.send('Sleep')
      await untilEnded(chat, 'Completed in')
      const pid = Number(await story.read('stop-pid'))
      await chat.frame.getByRole('button', { name: '1 in the background' }).click()
      await chat.button('Show output of sleeper').click()
      await page.getByRole('tab', { name: /^sleeper\.txt/ }).waitFor()
      await chat.button('Stop sleeper').click()
      await expect.poll(() => runs(pid), { timeout: WAIT_MS }).toBe(false)
      await chat.frame.getByRole('list', { name: 'In the background' }).waitFor({ state: 'detached' })
    })
  })
}
