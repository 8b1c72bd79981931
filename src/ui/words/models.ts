import type { Environment } from '../../protocol/messages.ts'
import type { SessionState } from '../../protocol/state.ts'

const DEMO = 'Demo (a script)'

/** The model of the next turn, as the user knows it: the session's own, or the window's; undefined when there is none. */
export function nextModel(
  session: Pick<SessionState, 'chosenModel'>,
  environment: Environment | undefined,
): string | undefined {
  const { chosenModel: chosen } = session
  if (chosen !== undefined) return chosen.model === 'demo' ? DEMO : chosen.label
  const model = environment?.model
  return model?.provider === 'demo' ? DEMO : model?.id
}

/** A turn's model, which may say where it is: `http://localhost:11434/v1#qwen3` is `qwen3`. */
export function modelWords(reference: string): string {
  if (reference === 'demo') return DEMO
  const at = /^https?:\/\/[^#]*#(.+)$/.exec(reference)?.[1] ?? reference
  return at.startsWith('vscode:') ? at.slice(at.lastIndexOf('/') + 1) : at
}
