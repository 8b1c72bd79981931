import OpenAI from 'openai'
import { expect, it } from 'vitest'
import { gate } from '../../support/model/gate.ts'
import { call, cut, fault, pause, reply, scriptedModel, text } from '../../support/model/scriptedModel.ts'

function ask(url: string) {
  const client = new OpenAI({ baseURL: url, apiKey: 'none', maxRetries: 0 })
  return client.chat.completions.create({ model: 'm', messages: [{ role: 'user', content: 'hi' }], stream: true })
}

it('streams text and calls whose arguments come in pieces', async () => {
  await using model = await scriptedModel(
    reply(text('I look.'), call('read_file', { path: 'a.txt' }), call('todo', {})),
  )
  let words = ''
  const written: string[] = []
  let finish: string | null = null
  for await (const { choices } of await ask(model.url)) {
    words += choices[0]?.delta.content ?? ''
    for (const { index, function: part } of choices[0]?.delta.tool_calls ?? []) {
      written[index] = (written[index] ?? '') + (part?.arguments ?? '')
    }
    finish = choices[0]?.finish_reason ?? finish
  }
  expect(words).toBe('I look.')
  expect(written).toEqual(['{"path":"a.txt"}', '{}'])
  expect(finish).toBe('tool_calls')
  expect(model.requests[0]?.messages).toEqual([{ role: 'user', content: 'hi' }])
})

it('streams nothing past a gate before it is opened', async () => {
  const hold = gate()
  await using model = await scriptedModel(reply(text('one '), pause(hold), text('two')))
  const stream = (await ask(model.url))[Symbol.asyncIterator]()
  await hold.reached
  let words = ''
  while (words === '') words += (await stream.next()).value?.choices[0]?.delta.content ?? ''
  expect(words).toBe('one ')
  hold.open()
  while (!words.endsWith('two')) words += (await stream.next()).value?.choices[0]?.delta.content ?? ''
})

it('cuts a stream, answers with a fault, and says so when the script is over', async () => {
  await using model = await scriptedModel(reply(text('half'), cut()), fault(429, 'slow down'))
  const reading = async () => {
    for await (const chunk of await ask(model.url)) expect(chunk.object).toBe('chat.completion.chunk')
  }
  await expect(reading()).rejects.toThrow()
  await expect(reading()).rejects.toThrow('slow down')
  await expect(reading()).rejects.toThrow('no reply to request 2')
})
