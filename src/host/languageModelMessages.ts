import * as vscode from 'vscode'
import type { ModelImage, ModelMessage, ToolDefinition } from '../core/models/model.ts'

type UserPart = vscode.LanguageModelTextPart | vscode.LanguageModelToolResultPart | vscode.LanguageModelDataPart

/** History as VS Code takes it: it has no system message, so that those words are the first of the user's. */
export function toVsCodeMessages(messages: readonly ModelMessage[]): vscode.LanguageModelChatMessage[] {
  const written: vscode.LanguageModelChatMessage[] = []
  let results: UserPart[] | undefined
  for (const message of messages) {
    if (message.role === 'result') {
      // The results of one step are one message.
      if (results === undefined) written.push(vscode.LanguageModelChatMessage.User((results = [])))
      results.push(toResult(message))
      continue
    }
    results = undefined
    const content = message.role === 'assistant' ? toAnswer(message) : toWords(message)
    if (content.length > 0) written.push(new vscode.LanguageModelChatMessage(roleOf(message.role), content))
  }
  return written
}

export function toVsCodeTools(tools: readonly ToolDefinition[]): vscode.LanguageModelChatTool[] {
  return tools.map(({ name, description, parameters }) => ({ name, description, inputSchema: parameters }))
}

/** All words of a request, for who counts its tokens. */
export function wordsOf(messages: readonly ModelMessage[], tools: readonly ToolDefinition[]): string {
  const said = messages.map((message) =>
    message.role === 'assistant' ? message.text + JSON.stringify(message.calls) : message.text,
  )
  return [...said, JSON.stringify(tools)].join('\n')
}

function roleOf(role: 'system' | 'user' | 'assistant'): vscode.LanguageModelChatMessageRole {
  const { Assistant, User } = vscode.LanguageModelChatMessageRole
  return role === 'assistant' ? Assistant : User
}

function toWords(message: Extract<ModelMessage, { role: 'system' | 'user' }>): vscode.LanguageModelInputPart[] {
  const images = message.role === 'user' ? (message.images ?? []) : []
  return [...toText(message.text), ...images.map(toImage)]
}

function toAnswer({ text, calls }: Extract<ModelMessage, { role: 'assistant' }>): vscode.LanguageModelInputPart[] {
  return [
    ...toText(text),
    ...calls.map(({ id, name, input }) => new vscode.LanguageModelToolCallPart(id, name, objectOf(input))),
  ]
}

function toResult({ callId, text, images = [] }: Extract<ModelMessage, { role: 'result' }>): UserPart {
  return new vscode.LanguageModelToolResultPart(callId, [
    new vscode.LanguageModelTextPart(text),
    ...images.map(toImage),
  ])
}

function toText(text: string): vscode.LanguageModelTextPart[] {
  return text === '' ? [] : [new vscode.LanguageModelTextPart(text)]
}

function toImage({ mime, base64 }: ModelImage): vscode.LanguageModelDataPart {
  return vscode.LanguageModelDataPart.image(Buffer.from(base64, 'base64'), mime)
}

/** Providers refuse arguments that are not an object, also in history. */
function objectOf(input: unknown): object {
  return typeof input === 'object' && input !== null && !Array.isArray(input) ? input : { malformed: input }
}
