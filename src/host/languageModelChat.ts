import * as vscode from 'vscode'
import { ModelError, type ModelRequest } from '../core/models/model.ts'
import { saysTooLong } from '../core/models/overflow.ts'
import type { Adapter, LivePart } from '../core/models/watchdog.ts'
import type { Clock } from '../core/ports.ts'
import type { CancellationToken } from '../core/scheduling/cancellation.ts'
import type { Usage } from '../protocol/events.ts'
import { toVsCodeMessages, toVsCodeTools, wordsOf } from './languageModelMessages.ts'

/** Shown where VS Code asks the user for their consent. */
const JUSTIFICATION = 'Stretto sends your message, and what its tools read for it, to this model.'

/** How long to wait, after the answer has ended, for the provider to count its tokens, in ms. */
const COUNT_MS = 2000

interface ChatParts {
  access: vscode.LanguageModelAccessInformation
  clock: Clock
}

/** A model that VS Code offers. */
export class LanguageModelChat implements Adapter {
  readonly id: string
  readonly #chat: vscode.LanguageModelChat
  readonly #parts: ChatParts

  constructor(chat: vscode.LanguageModelChat, parts: ChatParts) {
    this.id = chat.id
    this.#chat = chat
    this.#parts = parts
  }

  /** @throws {ModelError} `no_permission`, `unknown_model`, `quota`, `context_overflow`, `server_error` */
  async *stream(request: ModelRequest, token: CancellationToken): AsyncGenerator<LivePart> {
    if (token.isCancellationRequested) return
    const chat = this.#chat
    // The first request may make VS Code ask the user, who is to know why.
    if (request.byUser !== true && this.#parts.access.canSendRequest(chat) !== true) throw noPermission(chat)
    try {
      const options = { justification: JUSTIFICATION, tools: toVsCodeTools(request.tools) }
      const response = await chat.sendRequest(toVsCodeMessages(request.messages), options, token)
      const sent = this.#count(wordsOf(request.messages, request.tools), token)
      yield* this.#answer(response, sent, token)
    } catch (error) {
      if (token.isCancellationRequested) return
      throw toModelError(error, chat)
    }
  }

  async *#answer(
    response: vscode.LanguageModelChatResponse,
    sent: Promise<number | undefined>,
    token: CancellationToken,
  ): AsyncGenerator<LivePart> {
    let calls = 0
    let written = ''
    for await (const part of response.stream) {
      if (part instanceof vscode.LanguageModelTextPart) {
        written += part.value
        yield { type: 'text', text: part.value }
      } else if (part instanceof vscode.LanguageModelToolCallPart) {
        const text = JSON.stringify(part.input)
        written += part.name + text
        yield { type: 'call', index: calls++, name: part.name, arguments: text }
      } else yield { type: 'alive' }
    }
    if (token.isCancellationRequested) return
    const usage = await this.#usage(sent, this.#count(written, token))
    if (usage !== undefined) yield { type: 'usage', usage }
    yield { type: 'end', reason: calls > 0 ? 'calls' : 'stop' }
  }

  /** VS Code does not tell what a request used: its provider's own tokenizer says it, without what the provider adds. */
  async #usage(sent: Promise<number | undefined>, got: Promise<number | undefined>): Promise<Usage | undefined> {
    const [inputTokens, outputTokens] = await Promise.all([sent, got])
    return inputTokens === undefined || outputTokens === undefined ? undefined : { inputTokens, outputTokens }
  }

  /** Undefined where the provider cannot count, or takes too long. */
  #count(text: string, token: CancellationToken): Promise<number | undefined> {
    return new Promise((resolve) => {
      const timer = this.#parts.clock.after(COUNT_MS, () => resolve(undefined))
      const settle = (count: number | undefined): void => {
        timer.dispose()
        resolve(count)
      }
      this.#chat.countTokens(text, token).then(settle, () => settle(undefined))
    })
  }
}

function noPermission({ name }: vscode.LanguageModelChat, cause?: unknown): ModelError {
  const text = `VS Code has not been allowed to let Stretto use ${name}. Send a message in the chat and allow it there, or choose another model.`
  return new ModelError('no_permission', text, { cause })
}

function toModelError(error: unknown, chat: vscode.LanguageModelChat): ModelError {
  if (error instanceof ModelError) return error
  // VS Code throws what it met: an event, where it could not read a picture.
  const said = error instanceof Error ? error.message : ''
  const fail = (code: string, text: string): ModelError => new ModelError(code, text, { cause: error })
  switch (error instanceof vscode.LanguageModelError ? error.code : undefined) {
    case vscode.LanguageModelError.NoPermissions.name:
      return noPermission(chat, error)
    case vscode.LanguageModelError.NotFound.name:
      return fail('unknown_model', `VS Code no longer offers ${chat.name}. Choose another model.`)
    case vscode.LanguageModelError.Blocked.name:
      return fail('quota', `VS Code blocks ${chat.name}: its quota may be used up. Choose another model.${quote(said)}`)
    case undefined:
      break
  }
  if (saysTooLong({ status: 400, message: said }))
    return fail(
      'context_overflow',
      `The conversation no longer fits ${chat.name}. Start a new session, or choose a model with a longer context.`,
    )
  return fail('server_error', `${chat.name} gave up on the answer. Try again, or choose another model.${quote(said)}`)
}

/** A provider's own words, in one bounded line. */
function quote(said: string): string {
  const line = said.replaceAll(/\s+/g, ' ').trim()
  if (line === '') return ''
  return ` It said: ${line.length > 300 ? `${line.slice(0, 300)}…` : line}`
}
