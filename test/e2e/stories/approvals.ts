import { describe, expect, it } from 'vitest'
import { executable } from '../../support/programs.ts'
import { call, reply, text } from '../../support/model/scriptedModel.ts'
import { shown, untilCall } from '../support/chat.ts'
import { exists } from '../support/machine.ts'
import { picture } from '../support/picture.ts'
import { type Studio, untilEnded } from '../support/studio.ts'

export function approvalStories(studio: Studio): void {
  describe('a question about a call', () => {
    it('is answered once or denied; other calls go on meanwhile, and the model sees the answer', async () => {
      await using story = await studio.begin(
        { approvals: 'ask' },
        reply(
          text('May I?'),
          call('terminal', { command: 'touch allowed.txt && echo done' }),
          call('terminal', { command: 'touch denied.txt' }),
          call('edit_file', { path: 'asked.txt', edits: [{ old_text: 'before', new_text: 'after' }] }),
          call('read_file', { path: 'package.json' }),
        ),
        reply(text('One was allowed.')),
      )
      await story.write('asked.txt', 'one\nbefore\nthree\n')
      const { chat } = story
      await chat.send('Do all of it')
      const allowed = chat.card('terminal', 'allowed.txt')
      const denied = chat.card('terminal', 'denied.txt')
      const edit = chat.card('edit_file', 'asked.txt')
      for (const card of [allowed, denied, edit]) await untilCall(card, 'approval')
      await untilCall(chat.card('read_file'), 'completed')
      await allowed.getByText(`In ${story.vscode.workspace}`).waitFor()
      await edit.getByText('after').first().waitFor()
      await picture(story.vscode, 'approval', { themes: ['light', 'dark', 'hc'] })
      await picture(story.vscode, 'approval', { themes: ['dark'], width: 320 })
      await allowed.getByRole('button', { name: 'Allow once' }).click()
      await untilCall(allowed, 'completed')
      expect(await denied.getAttribute('data-call-status')).toBe('approval')
      await denied.getByRole('button', { name: 'Deny' }).click()
      await edit.getByRole('button', { name: 'Deny' }).click()
      await shown(denied, 'denied').waitFor()
      await untilEnded(chat, 'Completed in')
      const [done, refused, kept] = await story.results(1)
      expect(done).toContain('done')
      expect(refused).toMatch(/^Error \(denied\): /)
      expect(kept).toMatch(/^Error \(denied\): /)
      expect(await exists(story.path('allowed.txt'))).toBe(true)
      expect(await exists(story.path('denied.txt'))).toBe(false)
      expect(await story.read('asked.txt')).toContain('before')
    })

    it('can be remembered for the session, for exactly this command', async () => {
      await using story = await studio.begin(
        { approvals: 'ask' },
        reply(text('Once.'), call('terminal', { command: 'touch same.txt' })),
        reply(
          text('Again.'),
          call('terminal', { command: 'touch same.txt' }),
          call('terminal', { command: 'touch other.txt' }),
        ),
        reply(text('Done.')),
      )
      const { chat } = story
      await chat.send('Run it twice')
      const same = chat.frame.getByRole('group', { name: 'terminal: touch same.txt' })
      await untilCall(same.first(), 'approval')
      await same.first().getByRole('button', { name: 'Allow for this session' }).click()
      const other = chat.card('terminal', 'touch other.txt')
      await untilCall(other, 'approval')
      // Nobody has answered anything but the first question.
      await untilCall(same.nth(1), 'completed')
      await other.getByRole('button', { name: 'Deny' }).click()
      await untilEnded(chat, 'Completed in')
    })

    it.skipIf(executable('bwrap') !== undefined)('says once that there is no sandbox, and how to get one', async () => {
      await using story = await studio.begin(
        { approvals: 'edits' },
        reply(call('terminal', { command: 'touch first' }), call('terminal', { command: 'touch second' })),
        reply(text('Neither.')),
      )
      await story.vscode.configure({ 'stretto.sandbox': 'auto' })
      const { chat } = story
      await chat.send('Run them')
      for (const command of ['touch first', 'touch second']) await untilCall(chat.card('terminal', command), 'approval')
      await chat.frame.getByText('There is no sandbox here. Install bubblewrap').waitFor()
      expect(await chat.frame.getByText('Install bubblewrap').count()).toBe(1)
      await picture(story.vscode, 'no-sandbox', { themes: ['light', 'dark'] })
      for (const command of ['touch first', 'touch second'])
        await chat.card('terminal', command).getByRole('button', { name: 'Deny' }).click()
      await untilEnded(chat, 'Completed in')
      await story.vscode.configure({ 'stretto.sandbox': 'off' })
    })

    it('is answered from the keyboard, in the card alone', async () => {
      await using story = await studio.begin(
        { approvals: 'ask' },
        reply(
          text('By key.'),
          call('terminal', { command: 'touch first.txt' }),
          call('terminal', { command: 'touch second.txt' }),
        ),
        reply(text('Done.')),
      )
      const { chat, page } = story
      await chat.send('Run them')
      const [first, second] = [chat.card('terminal', 'touch first.txt'), chat.card('terminal', 'touch second.txt')]
      await untilCall(first, 'approval')
      await untilCall(second, 'approval')
      await chat.composer.focus()
      await page.keyboard.press('Control+Enter')
      // An answer would have moved the focus to its row at once.
      expect(await chat.composer.evaluate((box) => box.matches(':focus'))).toBe(true)
      await page.keyboard.press('Alt+A')
      await first.locator(':focus').waitFor()
      expect(await first.getAttribute('data-call-status')).toBe('approval')
      await page.keyboard.press('Control+Enter')
      await untilCall(first, 'completed')
      await page.keyboard.press('Alt+A')
      await second.locator(':focus').waitFor()
      await page.keyboard.press('Control+Backspace')
      await untilCall(second, 'failed')
      await untilEnded(chat, 'Completed in')
    })

    it('is put for a protected path whatever the mode', async () => {
      const content = '{ "task.allowAutomaticTasks": "on" }\n'
      await using story = await studio.begin(
        { approvals: 'all' },
        reply(text('I set VS Code up.'), call('write_file', { path: '.vscode/settings.json', content })),
        reply(text('It was not allowed.')),
      )
      const { chat } = story
      await chat.send('Set it up')
      const card = chat.card('write_file')
      await untilCall(card, 'approval')
      await card.getByText('can make VS Code run things').waitFor()
      expect(await card.getByRole('button', { name: 'Allow for this session' }).count()).toBe(0)
      await picture(story.vscode, 'protected', { themes: ['dark'] })
      await card.getByRole('button', { name: 'Deny' }).click()
      await untilEnded(chat, 'Completed in')
      expect(await exists(story.path('.vscode/settings.json'))).toBe(false)
    })
  })
}
