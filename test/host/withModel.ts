import * as vscode from 'vscode'
import type { StrettoApi } from '../../src/host/api.ts'
import type { SessionEvent } from '../../src/protocol/events.ts'
import { type ScriptedModel, scriptedModel, type ScriptedReply } from '../support/model/scriptedModel.ts'

export async function stretto(): Promise<StrettoApi> {
  const extension = vscode.extensions.getExtension<StrettoApi>('stretto.stretto')
  if (extension === undefined) throw new Error('Stretto is not installed in this VS Code.')
  return extension.activate()
}

export async function setUserSetting(key: string, value: unknown): Promise<void> {
  await vscode.workspace.getConfiguration('stretto').update(key, value, vscode.ConfigurationTarget.Global)
}

/** An endpoint that the user has set, and that nobody else has seen; the settings are reset in the end. */
export async function withModel(...script: ScriptedReply[]): Promise<ScriptedModel> {
  const model = await scriptedModel(...script)
  await setUserSetting('model.baseUrl', model.url)
  await setUserSetting('model.name', 'scripted')
  return {
    ...model,
    [Symbol.asyncDispose]: async () => {
      await setUserSetting('model.baseUrl', undefined)
      await setUserSetting('model.name', undefined)
      await model[Symbol.asyncDispose]()
    },
  }
}

type OfSession = { sessionId: string; event: SessionEvent }

/** The next event that fits, from now on. */
export function nextEvent<T extends SessionEvent['type']>(
  api: StrettoApi,
  type: T,
  fits: (event: Extract<SessionEvent, { type: T }>, sessionId: string) => boolean = () => true,
): Promise<{ sessionId: string; event: Extract<SessionEvent, { type: T }> }> {
  const isIt = (event: SessionEvent): event is Extract<SessionEvent, { type: T }> => event.type === type
  return new Promise((resolve) => {
    const listener = api.onEvent(({ sessionId, event }: OfSession) => {
      if (!isIt(event) || !fits(event, sessionId)) return
      listener.dispose()
      resolve({ sessionId, event })
    })
  })
}

/** Presses the first button of the newest notification, until what it should bring about has happened. */
export async function press(outcome: Promise<unknown>): Promise<void> {
  const done = outcome.then(() => true)
  for (;;) {
    await vscode.commands.executeCommand('notification.acceptPrimaryAction')
    const moment = new Promise<false>((resolve) => setTimeout(() => resolve(false), 50))
    if (await Promise.race([done, moment])) return
  }
}
