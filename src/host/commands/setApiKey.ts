import * as vscode from 'vscode'
import { OPENAI } from '../../core/models/catalog.ts'
import { hostOf, normalise } from '../../core/models/endpoint.ts'
import { plainLine } from '../plainText.ts'
import type { ApiKeys } from '../secrets.ts'
import { modelSettings } from '../settings.ts'

/** Asks for an endpoint and its key, and stores the key for that endpoint alone. */
export async function setApiKey(keys: ApiKeys): Promise<void> {
  const endpoint = await vscode.window.showInputBox({
    title: 'API key (1 of 2): the endpoint',
    prompt: 'The key will be sent to this endpoint only.',
    value: modelSettings().baseUrl || process.env['OPENAI_BASE_URL'] || OPENAI,
    ignoreFocusOut: true,
    validateInput: (text) =>
      normalise(text) === undefined ? 'Write an address like https://api.openai.com/v1' : undefined,
  })
  if (endpoint === undefined) return
  const key = await vscode.window.showInputBox({
    title: 'API key (2 of 2): the key',
    prompt: `The key for ${hostOf(endpoint)}. Leave it empty to remove the stored one.`,
    password: true,
    ignoreFocusOut: true,
  })
  if (key === undefined) return
  const failure = await keys.set(endpoint, key.trim())
  if (failure !== undefined) {
    void vscode.window.showErrorMessage(`The key was not stored. ${plainLine(failure.message)}`)
    return
  }
  const done = key.trim() === '' ? 'removed' : 'stored'
  void vscode.window.showInformationMessage(`The key for ${plainLine(hostOf(endpoint))} is ${done}.`)
}
