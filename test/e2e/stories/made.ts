import { describe, expect, it } from 'vitest'
import { call, reply, text } from '../../support/model/scriptedModel.ts'
import { untilCall } from '../support/chat.ts'
import { picture } from '../support/picture.ts'
import { type Studio, untilEnded, WAIT_MS } from '../support/studio.ts'

export function madeStories(studio: Studio): void {
  describe('a picture that the model has made', () => {
    it('is asked about, is a file, is seen in its card, and goes when its turn is taken back', async () => {
      const made = call('image_generate', { prompt: 'A red dot' })
      await using story = await studio.begin(
        { approvals: 'ask' },
        reply(text('Now.'), made),
        reply(text('There it is.')),
      )
      const { chat } = story
      await chat.send('Draw a red dot')
      const card = chat.card('image_generate')
      await untilCall(card, 'approval')
      await card.getByText('a-red-dot.png').first().waitFor()
      await card.getByRole('button', { name: 'Allow once' }).click()
      await untilCall(card, 'completed')
      await untilEnded(chat, 'Completed in')
      const shown = card.getByRole('img', { name: 'A red dot' })
      await shown.waitFor()
      await expect
        .poll(() => shown.evaluate((image: { naturalWidth?: number }) => image.naturalWidth), { timeout: WAIT_MS })
        .toBe(1)
      expect((await story.read('a-red-dot.png')).slice(1, 4)).toBe('PNG')
      await picture(story.vscode, 'made-picture')
      await chat.button('Restore checkpoint').first().click()
      await chat.frame.getByRole('button', { name: 'Files', exact: true }).click()
      await expect.poll(() => story.read('a-red-dot.png').catch(() => 'gone'), { timeout: WAIT_MS }).toBe('gone')
    })
  })

  describe('a page on the web', () => {
    it('of a host that is not allowed asks by its whole address, and one of this machine is never asked about', async () => {
      const asked = call('web_extract', { url: 'https://docs.example/a?b=secret' })
      const near = call('web_extract', { url: 'http://127.0.0.1:1/' })
      await using story = await studio.begin(
        { approvals: 'edits' },
        reply(text('Now.'), asked, near),
        reply(text('Done.')),
      )
      const { chat } = story
      await chat.send('Read that')
      const card = chat.card('web_extract', 'docs.example')
      await untilCall(card, 'approval')
      await card.getByText('https://docs.example/a?b=secret').first().waitFor()
      await card.getByRole('button', { name: 'Deny' }).click()
      await untilEnded(chat, 'Completed in')
      const [denied, refused] = await story.results(1)
      expect(denied).toMatch(/^Error \(denied\): /)
      expect(refused).toMatch(/^Error \(not_public\): 127\.0\.0\.1:1 is not on the public internet/)
    })
  })
}
