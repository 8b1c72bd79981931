import * as vscode from 'vscode'
import type { Agent } from './agent.ts'
import type { CurrentSession } from './currentSession.ts'

/** Keeps the context key `stretto.running`: whether a turn of the panel's session runs. */
export function followRunning(agent: Agent, current: CurrentSession): vscode.Disposable {
  let told = false
  const update = (): void => {
    const running = current.id !== undefined && agent.state(current.id)?.status === 'running'
    if (running === told) return
    told = running
    void vscode.commands.executeCommand('setContext', 'stretto.running', running)
  }
  return vscode.Disposable.from(
    current.onChanged(update),
    agent.onEvent(({ event }) => {
      if (event.type === 'turnStarted' || event.type === 'turnEnded') update()
    }),
  )
}
