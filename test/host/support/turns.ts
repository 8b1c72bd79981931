import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import * as vscode from 'vscode'
import type { StrettoApi } from '../../../src/host/api.ts'
import type { CallState, SessionState } from '../../../src/protocol/state.ts'
import { nextEvent } from '../withModel.ts'

/** A file of the workspace folder. */
export const file = (name: string): string => join(vscode.workspace.workspaceFolders?.[0]?.uri.fsPath ?? '', name)

export const textOf = (name: string): string => (existsSync(file(name)) ? readFileSync(file(name), 'utf8') : '')

/** Settles when the session's state holds. */
export async function until(
  api: StrettoApi,
  sessionId: string,
  holds: (state: SessionState) => boolean,
): Promise<SessionState> {
  for (;;) {
    const state = api.state(sessionId)
    if (state !== undefined && holds(state)) return state
    await immediate()
  }
}

/** Settles when a file has something in it. */
export async function untilWritten(name: string): Promise<string> {
  while (textOf(name) === '') await immediate()
  return textOf(name)
}

/** Starts a turn and gives its session's id with the turn's result. */
export async function begin(api: StrettoApi): Promise<{ sessionId: string; turn: ReturnType<StrettoApi['ask']> }> {
  const started = nextEvent(api, 'turnStarted')
  const turn = api.ask('Go')
  return { sessionId: (await started).sessionId, turn }
}

export const statuses = (calls: readonly Pick<CallState, 'status'>[]): string[] => calls.map(({ status }) => status)

/** A command that says its pid and then waits for a file. */
export const waiting = (name: string): string =>
  `echo $$ > ${name}.pid; echo ready; until [ -e ${name}.go ]; do sleep 0.02; done; echo $$ > ${name}.end`

export function isRunning(pid: string): boolean {
  if (!existsSync(`/proc/${pid.trim()}/stat`)) return false
  return !/\) [ZX] /.test(readFileSync(`/proc/${pid.trim()}/stat`, 'utf8'))
}

export function immediate(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve))
}
