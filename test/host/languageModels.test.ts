import assert from 'node:assert/strict'
import * as vscode from 'vscode'
import { type ModelMessage, type ModelPart, ModelError, type ModelRequest } from '../../src/core/models/model.ts'
import { CancellationSource, type CancellationToken, neverCancelled } from '../../src/core/scheduling/cancellation.ts'
import { systemClock } from '../../src/host/clock.ts'
import { LanguageModelChat } from '../../src/host/languageModelChat.ts'
import { offering } from './support/scriptedProvider.ts'
import { setUserSetting, stretto } from './withModel.ts'

const access: vscode.LanguageModelAccessInformation = {
  onDidChange: () => ({ dispose: () => undefined }),
  canSendRequest: () => true,
}
const hello: ModelRequest = { messages: [{ role: 'user', text: 'Hello' }], tools: [] }
/** A picture that VS Code can read. */
const PIXEL = 'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg=='
const text = (value: string) => new vscode.LanguageModelTextPart(value)

async function chat(
  id: string,
  given: Partial<vscode.LanguageModelAccessInformation> = {},
): Promise<LanguageModelChat> {
  const [found] = await vscode.lm.selectChatModels({ vendor: 'stretto-test', id })
  assert.ok(found)
  return new LanguageModelChat(found, { access: { ...access, ...given }, clock: systemClock })
}

async function all(
  model: LanguageModelChat,
  request = hello,
  token: CancellationToken = neverCancelled,
): Promise<ModelPart[]> {
  const parts: ModelPart[] = []
  for await (const part of model.stream(request, token)) if (part.type !== 'alive') parts.push(part)
  return parts
}

describe('a model of VS Code’s', () => {
  it('streams text and calls as they come, and says what its provider counts', async () => {
    await using provider = await offering({ id: 'm' })
    provider.answer = async (progress) => {
      progress.report(text('One '))
      progress.report(text('two.'))
      progress.report(new vscode.LanguageModelToolCallPart('a', 'read_file', { path: 'a.ts' }))
      progress.report(new vscode.LanguageModelToolCallPart('b', 'read_file', { path: 'b.ts' }))
    }
    const parts = await all(await chat('m'))
    const usage = parts.find(({ type }) => type === 'usage')
    assert.deepEqual(
      parts.filter((part) => part !== usage),
      [
        { type: 'text', text: 'One ' },
        { type: 'text', text: 'two.' },
        { type: 'call', index: 0, name: 'read_file', arguments: '{"path":"a.ts"}' },
        { type: 'call', index: 1, name: 'read_file', arguments: '{"path":"b.ts"}' },
        { type: 'end', reason: 'calls' },
      ],
    )
    assert.ok(usage?.type === 'usage' && usage.usage.inputTokens > 0 && usage.usage.outputTokens > 0)
    provider.tokenLength = 0
    assert.deepEqual(
      (await all(await chat('m'))).map(({ type }) => type),
      ['text', 'text', 'call', 'call', 'end'],
    )
  })

  it('gets the whole history: words, pictures, calls with their results, and the tools', async () => {
    await using provider = await offering({ id: 'm' })
    const image = { mime: 'image/png', base64: PIXEL }
    const messages: ModelMessage[] = [
      { role: 'system', text: 'Be brief.' },
      { role: 'user', text: 'Look', images: [image] },
      {
        role: 'assistant',
        text: '',
        calls: [
          { id: 'c1', name: 'read_file', input: { path: 'a' } },
          { id: 'c2', name: 'read_file', input: 'no object' },
        ],
      },
      { role: 'result', callId: 'c1', name: 'read_file', text: 'A', images: [image] },
      { role: 'result', callId: 'c2', name: 'read_file', text: 'B' },
      { role: 'user', text: 'Go on' },
      { role: 'assistant', text: 'Once more', calls: [{ id: 'c3', name: 'read_file', input: {} }] },
      { role: 'result', callId: 'c3', name: 'read_file', text: 'C' },
    ]
    const tools = [{ name: 'read_file', description: 'Reads.', parameters: { type: 'object', properties: {} } }]
    await all(await chat('m'), { messages, tools })
    const [request] = provider.requests
    assert.deepEqual(
      request?.messages.map(({ role, content }) => [role, content.map(seen)]),
      [
        [1, ['Be brief.']],
        [1, ['Look', 'image/png']],
        [2, ['c1 read_file {"path":"a"}', 'c2 read_file {"malformed":"no object"}']],
        [1, ['c1: A, image/png', 'c2: B']],
        [1, ['Go on']],
        [2, ['Once more', 'c3 read_file {}']],
        [1, ['c3: C']],
      ],
    )
    assert.deepEqual(
      request?.options.tools?.map(({ name, inputSchema }) => [name, inputSchema]),
      [['read_file', tools[0]?.parameters]],
    )
  })

  it('stops its provider when it is cancelled, and ends', async () => {
    await using provider = await offering({ id: 'm' })
    const source = new CancellationSource()
    const cancelled = Promise.withResolvers<void>()
    provider.answer = (progress, token) => {
      progress.report(text('One'))
      token.onCancellationRequested(() => cancelled.resolve())
      return cancelled.promise
    }
    const seen: string[] = []
    for await (const part of (await chat('m')).stream(hello, source.token)) {
      seen.push(part.type)
      source.cancel('stop')
    }
    assert.deepEqual(seen, ['text'])
    await cancelled.promise
  })

  it('says in clear words what went wrong', async () => {
    await using provider = await offering({ id: 'm', name: 'The M' })
    const model = await chat('m')
    const faults: [Error, string, RegExp][] = [
      [
        vscode.LanguageModelError.Blocked('No requests left today'),
        'quota',
        /VS Code blocks The M.*No requests left today/,
      ],
      [vscode.LanguageModelError.NoPermissions(), 'no_permission', /allow it there/],
      [vscode.LanguageModelError.NotFound(), 'unknown_model', /no longer offers The M/],
      [new Error('maximum context length exceeded'), 'context_overflow', /no longer fits The M/],
      [new Error('boom'), 'server_error', /The M gave up.*boom/],
    ]
    for (const [fault, code, words] of faults) {
      provider.answer = () => Promise.reject(fault)
      await assert.rejects(all(model), (error) => {
        assert.ok(error instanceof ModelError)
        assert.equal(error.code, code, fault.message)
        assert.match(error.message, words)
        return true
      })
    }
  })

  it('is asked without a user’s action only where VS Code has the user’s consent', async () => {
    await using provider = await offering({ id: 'm' })
    for (const answer of [undefined, false]) {
      const model = await chat('m', { canSendRequest: () => answer })
      await assert.rejects(all(model), { code: 'no_permission' })
      assert.equal(provider.requests.length, 0)
      await all(model, { ...hello, byUser: true })
      assert.equal(provider.requests.splice(0).length, 1)
    }
  })

  it('serves a whole turn of Stretto’s, tools included', async () => {
    await using provider = await offering({ id: 'm', name: 'The M' })
    await setUserSetting('model.provider', 'vscode')
    try {
      provider.answer = async (progress) => {
        const done = provider.requests.length > 1
        progress.report(
          done ? text('Done.') : new vscode.LanguageModelToolCallPart('x', 'find_files', { glob: '*.md' }),
        )
      }
      const result = await (await stretto()).ask('Which files are there?')
      assert.deepEqual([result.status, result.text, result.error], ['completed', 'Done.', undefined])
      assert.deepEqual(
        result.calls.map(({ name, status }) => [name, status]),
        [['find_files', 'completed']],
      )
      assert.ok(result.usage.inputTokens > 100)
      assert.equal(result.usage.costUsd, undefined)
      const last = provider.requests.at(-1)?.messages.at(-1)
      assert.ok(last?.content[0] instanceof vscode.LanguageModelToolResultPart)
    } finally {
      await setUserSetting('model.provider', undefined)
    }
  })
})

/** A part of a message, in a line. */
function seen(part: unknown): string {
  if (part instanceof vscode.LanguageModelTextPart) return part.value
  if (part instanceof vscode.LanguageModelToolCallPart)
    return `${part.callId} ${part.name} ${JSON.stringify(part.input)}`
  if (part instanceof vscode.LanguageModelToolResultPart) return `${part.callId}: ${part.content.map(seen).join(', ')}`
  if (part instanceof vscode.LanguageModelDataPart) return part.mimeType
  return '?'
}
