import { describe, expect, it } from 'vitest'
import { gate } from '../../support/model/gate.ts'
import { pause, reply, text } from '../../support/model/scriptedModel.ts'
import { picture } from '../support/picture.ts'
import { type Studio, untilEnded } from '../support/studio.ts'

export function queueStories(studio: Studio): void {
  describe('a message that is queued while a turn runs', () => {
    it('stands in the queue, can be taken out of it, and runs at the end', async () => {
      const hold = gate()
      await using story = await studio.begin({}, reply(text('First'), pause(hold)), reply(text('Second answer.')))
      const { chat, model } = story
      await chat.send('One')
      await hold.reached
      await chat.composer.fill('Two')
      await chat.button('Queue').click()
      await chat.composer.fill('Never')
      await chat.composer.press('Alt+Enter')
      const queue = chat.frame.getByRole('list', { name: 'Queued for the end of the turn' })
      await expect.poll(() => queue.getByRole('listitem').allInnerTexts()).toEqual(['Two', 'Never'])
      await picture(story.vscode, 'queue')
      await chat.button('Remove “Never”').click()
      await expect.poll(() => queue.getByRole('listitem').allInnerTexts()).toEqual(['Two'])
      expect(model.requests).toHaveLength(1)
      hold.open()
      await chat.transcript.getByText('Second answer.').waitFor()
      await untilEnded(chat, 'Completed in')
      await queue.waitFor({ state: 'detached' })
      const asked = model.requests[1]?.messages.flatMap(({ role, content }) => (role === 'user' ? [content] : []))
      expect(asked).toEqual(['One', 'Two'])
      expect(model.requests).toHaveLength(2)
    })

    it('comes back to the message box when the turn is stopped', async () => {
      const hold = gate()
      await using story = await studio.begin({}, reply(text('First'), pause(hold)))
      const { chat, model } = story
      await chat.send('One')
      await hold.reached
      await chat.composer.fill('Two')
      await chat.composer.press('Alt+Enter')
      await chat.frame.getByRole('listitem').filter({ hasText: 'Two' }).waitFor()
      await chat.button('Stop').click()
      await untilEnded(chat, 'Stopped after')
      await expect.poll(() => chat.composer.inputValue()).toBe('Two')
      expect(model.requests).toHaveLength(1)
      await chat.composer.fill('')
    })
  })
}
