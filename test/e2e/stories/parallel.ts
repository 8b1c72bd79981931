import { describe, expect, it } from 'vitest'
import { call, reply, text } from '../../support/model/scriptedModel.ts'
import { shown, untilCall } from '../support/chat.ts'
import { touch, waitingFor } from '../support/machine.ts'
import { picture } from '../support/picture.ts'
import { type Studio, untilEnded } from '../support/studio.ts'

const FILES = ['package.json', 'README.md', 'src/cart.js', 'src/price.js', 'src/receipt.js']

export function parallelStories(studio: Studio): void {
  describe('calls of one answer', () => {
    it('run at the same time, and the score has a lane for each', async () => {
      // Each command says that it runs only when the other does, so that neither can end before the other began.
      const rendezvous = (own: string, other: string) =>
        waitingFor(
          `parallel-${other}`,
          `echo both run`,
          `until [ -e parallel-go ]; do sleep 0.05; done`,
          `echo ${own} ends`,
        )
      await using story = await studio.begin(
        {},
        reply(
          text('I read five files and run two commands, all at once.'),
          call('terminal', { command: `touch parallel-one; ${rendezvous('one', 'two')}` }),
          call('terminal', { command: `touch parallel-two; ${rendezvous('two', 'one')}` }),
          ...FILES.map((path) => call('read_file', { path })),
        ),
        reply(text('All seven are done.')),
      )
      const { chat } = story
      await chat.send('Look around')
      const [first, second] = [chat.card('terminal', 'parallel-one;'), chat.card('terminal', 'parallel-two;')]
      await chat.transcript.getByText('both run').nth(1).waitFor()
      for (const path of FILES) await untilCall(chat.card('read_file', path), 'completed')
      await untilCall(first, 'running')
      await untilCall(second, 'running')
      expect(await chat.frame.locator('.score .lane').count()).toBe(7)
      expect(await chat.frame.getByRole('toolbar', { name: 'Score: 7 calls on one time axis' }).isVisible()).toBe(true)
      await chat.transcript.getByText(/up to [2-7] at once/).waitFor()
      await picture(story.vscode, 'running', { themes: ['light', 'dark', 'hc'] })
      await picture(story.vscode, 'running', { themes: ['dark'], width: 320 })
      await touch(story.path('parallel-go'))
      await untilCall(first, 'completed')
      await untilCall(second, 'completed')
      await untilEnded(chat, 'Completed in')
      const results = await story.results(1)
      expect(results).toHaveLength(7)
      expect(results[0]).toContain('one ends')
      expect(results[2]).toContain('"name": "corner-shop"')
    })

    it('take effect in the order in which the model wrote them: a command after an edit waits for it and sees it', async () => {
      await using story = await studio.begin(
        { approvals: 'ask' },
        reply(
          text('I change it and look at it.'),
          call('edit_file', { path: 'hazard.txt', edits: [{ old_text: 'before', new_text: 'after' }] }),
          call('terminal', { command: 'cat hazard.txt' }),
        ),
        reply(text('It is changed.')),
      )
      await story.write('hazard.txt', 'one\nbefore\nthree\n')
      const { chat } = story
      await chat.send('Change it')
      const [edit, command] = [chat.card('edit_file', 'hazard.txt'), chat.card('terminal', 'cat hazard.txt')]
      // The question holds the edit, as long as it is open; the command is harmless, and asks nothing.
      await untilCall(command, 'waiting')
      await shown(command, 'after edit_file').waitFor()
      await picture(story.vscode, 'waiting', { themes: ['dark'] })
      await edit.getByRole('button', { name: 'Allow once' }).click()
      await untilCall(edit, 'completed')
      await untilCall(command, 'completed')
      await untilEnded(chat, 'Completed in')
      const results = await story.results(1)
      expect(results[1]).toContain('one\nafter\nthree')
      expect(await story.read('hazard.txt')).toBe('one\nafter\nthree\n')
      await chat.frame.getByRole('button', { name: '2 calls' }).click()
      const lane = chat.frame.getByRole('button', { name: /^terminal cat hazard\.txt: waited .*, ran .*, completed$/ })
      await lane.waitFor()
      await edit.locator('.open').click()
      await edit.getByText('before').waitFor()
      await picture(story.vscode, 'edited')
      // What was opened here is not open in another session.
      await using other = await studio.begin({}, reply(call('read_file', { path: 'README.md' })), reply(text('Read.')))
      await other.chat.send('Read it')
      await untilEnded(other.chat, 'Completed in')
      expect(await chat.card('read_file').locator('.open').getAttribute('aria-expanded')).toBe('false')
    })
  })
}
