import { normalise } from './endpoint.ts'

/** Which model, wherever it is. */
export type ModelReference =
  | { provider: 'demo' }
  /** One that VS Code offers. */
  | { provider: 'vscode'; id: string }
  | { provider: 'openai'; baseUrl: string; model: string }
  /** Of the endpoint in use. */
  | { provider: 'same'; model: string }

/** The script's own. */
export const DEMO = 'demo'

const VSCODE = 'vscode:'

/** What a turn, a session or a file says: `demo`, `vscode:ID`, `https://host/v1#ID`, or an id at the endpoint in use. */
export function parseReference(text: string): ModelReference {
  if (text === DEMO) return { provider: 'demo' }
  if (text.startsWith(VSCODE)) return { provider: 'vscode', id: text.slice(VSCODE.length) }
  const [address = '', ...rest] = text.split('#')
  const baseUrl = rest.length > 0 ? normalise(address) : undefined
  if (baseUrl === undefined) return { provider: 'same', model: text }
  return { provider: 'openai', baseUrl, model: rest.join('#') }
}

/** The same as one word, for `parseReference`. */
export function writeReference(reference: ModelReference): string {
  switch (reference.provider) {
    case 'demo':
      return DEMO
    case 'vscode':
      return VSCODE + reference.id
    case 'openai':
      return `${reference.baseUrl}#${reference.model}`
    case 'same':
      return reference.model
  }
}
