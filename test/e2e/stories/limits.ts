import { describe, expect, it } from 'vitest'
import { call, fault, reply, text } from '../../support/model/scriptedModel.ts'
import { picture } from '../support/picture.ts'
import { type Studio, untilEnded } from '../support/studio.ts'

const SUMMARY = 'The task: **count the tests**. Decided: `npm test` says it. Left: to run it.'
const plan = call('todo', { items: [{ text: 'Count the tests', status: 'active' }] })

export function limitStories(studio: Studio): void {
  describe('the limits of a model and of a budget', () => {
    it('the context: shows how full it is, and is summarised when the user asks; the summary can be read', async () => {
      const nearlyFull = { steps: [text('There is a lot to say.')], usage: { input: 96_000, output: 400 } }
      await using story = await studio.begin({}, nearlyFull, reply(text(SUMMARY)), reply(text('I go on.')))
      const { chat, vscode, model } = story
      await chat.send('Count the tests, and never use the network')
      await untilEnded(chat, 'Completed in')
      const meter = chat.frame.getByRole('meter', { name: 'Context' })
      expect(await meter.getAttribute('aria-valuetext')).toBe('96.4k of 128.0k tokens, the limit a guess')
      await chat.frame.getByText('75 %').waitFor()
      await vscode.driver.evaluate((api) => api.commands.executeCommand('stretto.summarise'), undefined)
      const line = chat.button('Summarised 2 messages')
      await line.click()
      await chat.transcript.getByText('count the tests', { exact: true }).waitFor()
      await picture(vscode, 'summarised')
      await chat.send('Go on')
      await chat.transcript.getByText('I go on.').waitFor()
      const { messages } = await model.request(2)
      expect(messages).toHaveLength(3)
      expect(messages[1]?.content).toContain(SUMMARY)
      expect(messages[1]?.content).toContain('> Count the tests, and never use the network')
    })

    it('a conversation that does not fit: it is summarised, and the request is made again', async () => {
      const tooLong = fault(400, "This model's maximum context length is 8192 tokens.")
      await using story = await studio.begin(
        {},
        reply(plan),
        tooLong,
        reply(text(SUMMARY)),
        reply(text('Fourteen tests.')),
      )
      const { chat, vscode } = story
      await chat.send('Count the tests')
      await untilEnded(chat, 'Completed in')
      await chat.transcript.getByText('Fourteen tests.').waitFor()
      await chat.frame.getByRole('button', { name: /^Summarised \d message/ }).waitFor()
      await picture(vscode, 'summarised-itself', { themes: ['dark'] })
    })

    it('a conversation that does not fit in any way: says so, and Summarise tries again', async () => {
      const tooLong = fault(400, "This model's maximum context length is 8192 tokens.")
      const broken = fault(400, 'no')
      await using story = await studio.begin(
        {},
        reply(text('One.')),
        tooLong,
        broken,
        tooLong,
        reply(text(SUMMARY)),
        reply(text('Now it fits.')),
      )
      const { chat } = story
      await chat.send('First')
      await untilEnded(chat, 'Completed in')
      await chat.send('Second')
      await chat.transcript.getByText('The conversation no longer fits the model').waitFor()
      await chat.button('Summarise').click()
      await chat.transcript.getByText('Now it fits.').waitFor()
    })

    it('the budget: stops before the request that would go over it, and asks', async () => {
      const first = { steps: [text('A plan first.'), plan], usage: { input: 18_000, output: 300 } }
      await using story = await studio.begin({}, first, reply(text('Fourteen tests.')))
      const { chat, vscode, model } = story
      await vscode.configure({ 'stretto.limits.budgetTokens': 20_000 })
      try {
        await chat.send('Count the tests')
        await chat.transcript.getByText('The limit of 20.0k tokens is reached').waitFor()
        await chat.button('Stop here').waitFor()
        expect(model.requests).toHaveLength(1)
        await picture(vscode, 'budget')
        await picture(vscode, 'budget', { themes: ['light'], width: 320 })
        await chat.button('Raise the limit').click()
        await chat.transcript.getByText('Fourteen tests.').waitFor()
        await untilEnded(chat, 'Completed in')
      } finally {
        await vscode.configure({ 'stretto.limits.budgetTokens': undefined })
      }
    })
  })
}
