/** Runs in the extension host: one turn through Stretto's API, told to the runner as it happens. */
import * as vscode from 'vscode'
import type { StrettoApi } from '../../../src/host/api.ts'
import type { SessionEvent } from '../../../src/protocol/events.ts'
import { callRunner } from './channel.ts'
import { Transcript } from './transcript.ts'

export async function run(): Promise<void> {
  const runner = await callRunner()
  try {
    const prompt = process.env['STRETTO_TEST_PROMPT'] ?? ''
    const status = await turn(prompt, (transcript) => runner.send({ transcript }))
    if (status !== 'completed') throw new Error(`The turn ${status}.`)
  } finally {
    await runner.end()
  }
}

async function turn(prompt: string, print: (text: string) => void): Promise<string> {
  const extension = vscode.extensions.getExtension<StrettoApi>('stretto.stretto')
  if (extension === undefined) {
    print('VS Code did not find the extension Stretto.\n')
    return 'failed'
  }
  const mode = process.env['STRETTO_TEST_APPROVALS']
  await vscode.workspace.getConfiguration().update('stretto.approvals.mode', mode, vscode.ConfigurationTarget.Global)
  const api = await extension.activate()
  const transcript = new Transcript(print)
  const listening = api.onEvent(({ event }: { event: SessionEvent }) => transcript.add(event))
  const result = await api.ask(prompt)
  listening.dispose()
  transcript.end(result)
  return result.status
}
