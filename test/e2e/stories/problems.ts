import { describe, expect, it } from 'vitest'
import { call, cut, fault, reply, text } from '../../support/model/scriptedModel.ts'
import { freePort } from '../../support/vscode/server.ts'
import { picture } from '../support/picture.ts'
import { answerInput } from '../support/shell.ts'
import { newSession, type Studio, untilEnded } from '../support/studio.ts'

export function problemStories(studio: Studio): void {
  describe('what goes wrong', () => {
    it('no model: the first page shows the ways to one', async () => {
      const vscode = studio.vscode()
      await vscode.configure({
        'stretto.model.provider': undefined,
        'stretto.model.baseUrl': undefined,
        'stretto.model.name': undefined,
        'stretto.approvals.mode': undefined,
      })
      const chat = await newSession(vscode)
      await chat.frame.getByRole('heading', { name: 'Choose a model to begin' }).waitFor()
      for (const way of ['An API key', 'A local server', 'The demo']) {
        await chat.frame.getByRole('button', { name: way }).waitFor()
      }
      await picture(vscode, 'first-run', { themes: ['light', 'dark', 'hc'] })
      await picture(vscode, 'first-run', { themes: ['light'], width: 320 })
      await chat.send('Hello')
      await chat.transcript.getByText('There is no model yet.').waitFor()
      await chat.frame.getByRole('button', { name: 'Use the demo' }).click()
      await chat.button('Model: Demo (a script)').waitFor()
      await chat.send('Hello')
      await chat.transcript.getByText('a script, not an AI').last().waitFor()
    })

    it('a refused key: says so, lets it be set, and tries again with the same message', async () => {
      const refused = fault(401, 'Incorrect API key')
      await using story = await studio.begin({}, refused, refused, reply(text('Hello to you.')))
      const { chat, page, model } = story
      await chat.send('Hello')
      await chat.transcript.getByText('An API key is needed').waitFor()
      await chat.transcript.getByText(`${new URL(model.url).host} wants an API key.`).waitFor()
      await chat.button('Choose a model').waitFor()
      await chat.button('Set API key').click()
      await page.locator('.quick-input-widget').getByText('API key (1 of 2): the endpoint').waitFor()
      await page.keyboard.press('Enter')
      await page.locator('.quick-input-widget').getByText('API key (2 of 2): the key').waitFor()
      await answerInput(page, 'sk-scripted-key-4711')
      await chat.button('Try again').click()
      const second = chat.frame.locator('[data-turn-id]').last()
      await second.getByText('The key was refused').waitFor()
      await second.getByText('refused the key that ends in 4711').waitFor()
      await picture(story.vscode, 'refused-key')
      await chat.button('Try again').click()
      await chat.transcript.getByText('Hello to you.').waitFor()
      expect(model.headers.map(({ authorization }) => authorization)).toEqual([
        undefined,
        'Bearer sk-scripted-key-4711',
        'Bearer sk-scripted-key-4711',
      ])
      const { messages } = await model.request(2)
      expect(messages.at(-1)).toMatchObject({ role: 'user', content: 'Hello' })
    })

    it('arguments that are not JSON, a tool that is not there: the model is told, its other calls run', async () => {
      await using story = await studio.begin(
        {},
        reply(
          text('I try.'),
          call('read_file', '{"path": package.json}'),
          call('fly', { to: 'the moon' }),
          call('read_file', { path: 'README.md' }),
        ),
        reply(text('One of three.')),
      )
      const { chat } = story
      await chat.send('Read')
      await untilEnded(chat, 'Completed in')
      const results = await story.results(1)
      expect(results[0]).toMatch(/^Error \(malformed_arguments\): /)
      expect(results[1]).toMatch(/^Error \(unknown_tool\): /)
      expect(results[2]).toContain('Corner shop')
      await chat.transcript.getByText('2 failed').waitFor()
      await chat.frame.locator('.head').click()
      await picture(story.vscode, 'malformed', { themes: ['dark'] })
    })

    it('an answer that breaks off: what came stays, Continue goes on', async () => {
      await using story = await studio.begin({}, reply(text('The beginning'), cut()), reply(text('and the end.')))
      const { chat } = story
      await chat.send('Tell me')
      await chat.transcript.getByText('The answer broke off').waitFor()
      await chat.transcript.getByText('The beginning').waitFor()
      await picture(story.vscode, 'broke-off', { themes: ['dark'] })
      await chat.button('Continue').click()
      await chat.transcript.getByText('and the end.').waitFor()
    })

    it('an endpoint that is not there: counts down, tries again, gives up, and keeps the message', async () => {
      await using story = await studio.begin({})
      const { chat, vscode } = story
      const port = await freePort()
      await vscode.configure({ 'stretto.model.baseUrl': `http://127.0.0.1:${port}/v1` })
      await chat.send('Is anybody there?')
      await chat.transcript.getByText(/Trying again in \d+ s, attempt 2 of 5/).waitFor()
      await chat.transcript.getByText('The local server does not answer').waitFor()
      await picture(vscode, 'retrying', { themes: ['dark'] })
      const now = chat.button('Try now')
      const failed = chat.transcript.getByText('Failed after')
      while (!(await failed.isVisible())) {
        // The notice may go between the look and the click: then there is nothing to hurry.
        await now.click({ timeout: 500 }).catch(() => undefined)
      }
      await chat.transcript.getByText('Gave up after 5 attempts').waitFor()
      await chat.transcript.getByText(`Nothing listens on 127.0.0.1:${port}`).waitFor()
      await picture(vscode, 'gave-up')
      await vscode.configure({ 'stretto.model.baseUrl': story.model.url })
      story.model.push(reply(text('Now I am.')))
      await chat.button('Try again').click()
      await chat.transcript.getByText('Now I am.').waitFor()
    })
  })
}
