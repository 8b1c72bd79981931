import { describe, expect, it } from 'vitest'
import { call, reply, text } from '../../support/model/scriptedModel.ts'
import { chatOf, openChat, untilCall } from '../support/chat.ts'
import { pidsOf, runs, stubborn, touch, untilFile, waitingFor } from '../support/machine.ts'
import { picture } from '../support/picture.ts'
import { answerInput, notification, openNotifications, runCommand, showExplorer } from '../support/shell.ts'
import { newSession, reloadWindow, type Studio, untilEnded } from '../support/studio.ts'

export function outOfViewStories(studio: Studio): void {
  describe('a panel out of view', () => {
    it('shows all that happened meanwhile, and what runs goes on live', async () => {
      await using story = await studio.begin(
        {},
        reply(
          text('It goes on while you look elsewhere.'),
          call('terminal', { command: waitingFor('hidden-1', 'echo one', waitingFor('hidden-2', 'echo two')) }),
          call('terminal', { command: waitingFor('hidden-1', 'echo meanwhile', 'touch hidden-done') }),
        ),
        reply(text('That was all of it.')),
      )
      const { chat, page } = story
      await chat.send('Go on')
      const [long, short] = [chat.card('terminal', 'hidden-2'), chat.card('terminal', 'hidden-done')]
      await untilCall(long, 'running')
      await showExplorer(page)
      await chat.composer.waitFor({ state: 'hidden' })
      await touch(story.path('hidden-1'))
      await untilFile(story.path('hidden-done'))
      await openChat(page)
      await untilCall(short, 'completed')
      await untilCall(long, 'running')
      await chat.transcript.getByText('It goes on while you look elsewhere.').waitFor()
      await touch(story.path('hidden-2'))
      await untilCall(long, 'completed')
      await chat.transcript.getByText('That was all of it.').waitFor()
      const [result] = await story.results(1)
      expect(result).toMatch(/one\nready\ntwo/)
    })

    it('says that an answer is needed; its button brings the card to view', async () => {
      await using story = await studio.begin(
        { approvals: 'ask' },
        reply(text('May I?'), call('terminal', { command: waitingFor('asked-go', 'echo now') })),
        reply(text('Done.')),
      )
      const { chat, page, model } = story
      await chat.send('Run it')
      await showExplorer(page)
      await model.request(0)
      await openNotifications(page)
      const question = notification(page, 'Stretto needs your answer')
      await question.waitFor()
      await picture(story.vscode, 'asked-out-of-view', { themes: ['dark'], window: true })
      await question.getByRole('button', { name: 'Show' }).click()
      const card = chat.card('terminal')
      await card.getByRole('button', { name: 'Allow once' }).waitFor()
      await card.locator(':focus').waitFor()
      expect(await card.getAttribute('data-call-status')).toBe('approval')
      await card.getByRole('button', { name: 'Deny' }).click()
      await untilEnded(chat, 'Completed in')
    })

    it('leaves a turn from the palette to VS Code’s progress, whose cancel button stops it', async () => {
      await using story = await studio.begin(
        {},
        reply(text('It takes long.'), call('terminal', { command: stubborn('palette') })),
      )
      const { chat, page } = story
      await showExplorer(page)
      await runCommand(page, 'Stretto: Ask …')
      await answerInput(page, 'Run it from the palette')
      const pids = await pidsOf(story.path('palette'))
      await openNotifications(page)
      const progress = notification(page, 'Stretto: Run it from the palette')
      await progress.getByText('1 running').waitFor()
      await picture(story.vscode, 'progress', { themes: ['dark'], window: true })
      await progress.getByRole('button', { name: 'Cancel' }).click()
      await expect.poll(() => pids.filter(runs), { timeout: 5_000, interval: 20 }).toEqual([])
      await untilCall(chat.card('terminal'), 'cancelled')
      await untilEnded(chat, 'Stopped after')
      await progress.waitFor({ state: 'detached' })
    })

    it('has its transcript back after the window is loaded again', async () => {
      await using story = await studio.begin(
        {},
        reply(
          text('I read it.'),
          call('read_file', { path: 'package.json' }),
          call('read_file', { path: 'README.md' }),
        ),
        reply(text('It is a **corner shop**.')),
      )
      const { chat, page, vscode } = story
      await chat.send('What is it?')
      await untilEnded(chat, 'Completed in')
      await reloadWindow(vscode)
      const again = chatOf(page)
      await again.transcript.getByText('What is it?').waitFor()
      await again.transcript.getByText('corner shop').waitFor()
      expect(await again.frame.locator('[data-call-status="completed"]').count()).toBe(2)
      await again.status.getByText('Completed').first().waitFor()
      story.model.push(reply(text('It sells bread.')))
      await again.send('What does it sell?')
      await again.transcript.getByText('It sells bread.').waitFor()
      const { messages } = await story.model.request(2)
      const asked = messages.flatMap(({ role, content }) => (role === 'user' ? [content] : []))
      expect(asked).toEqual(['What is it?', 'What does it sell?'])
      await newSession(vscode)
    })
  })
}
