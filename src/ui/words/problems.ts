import type { PanelAction } from '../../protocol/messages.ts'

/** A thing that the user can do about a problem: the first is the main button. */
export interface Remedy {
  label: string
  /** Something in VS Code, or a message to send. */
  does: { action: PanelAction } | { send: string }
}

export interface Problem {
  level: 'bad' | 'ask'
  title: string
  remedies: Remedy[]
}

const SET_KEY: Remedy = { label: 'Set API key', does: { action: 'setApiKey' } }
const CHOOSE: Remedy = { label: 'Choose a model', does: { action: 'selectModel' } }
const AGAIN: Remedy = { label: 'Try again', does: { action: 'tryAgain' } }
const NOW: Remedy = { label: 'Try now', does: { action: 'tryNow' } }
const LOG: Remedy = { label: 'Show log', does: { action: 'showLog' } }
const CONTINUE: Remedy = { label: 'Continue', does: { send: 'Continue.' } }
const SUMMARISE: Remedy = { label: 'Summarise', does: { action: 'summariseAndTryAgain' } }
const NEW: Remedy = { label: 'New session', does: { action: 'newSession' } }
const TRUST: Remedy = { label: 'Manage trust', does: { action: 'manageTrust' } }
const FOLDER: Remedy = { label: 'Open folder', does: { action: 'openFolder' } }
const DEMO: Remedy = { label: 'Use the demo', does: { action: 'useDemo' } }

const PROBLEMS: Record<string, Problem> = {
  unauthorized: { level: 'bad', title: 'The key was refused', remedies: [SET_KEY, CHOOSE, AGAIN] },
  no_key: { level: 'ask', title: 'An API key is needed', remedies: [SET_KEY, CHOOSE, AGAIN] },
  forbidden: { level: 'bad', title: 'The key was refused', remedies: [SET_KEY, CHOOSE, AGAIN] },
  unknown_model: { level: 'bad', title: 'The provider does not know this model', remedies: [CHOOSE, AGAIN] },
  no_model: { level: 'ask', title: 'Choose a model to begin', remedies: [CHOOSE, SET_KEY, DEMO] },
  unreachable: { level: 'bad', title: 'The server does not answer', remedies: [AGAIN, CHOOSE, LOG] },
  rate_limited: { level: 'bad', title: 'The provider asks to wait', remedies: [AGAIN, CHOOSE] },
  cut: { level: 'bad', title: 'The answer broke off', remedies: [CONTINUE, AGAIN, LOG] },
  empty: { level: 'bad', title: 'The answer was empty', remedies: [CONTINUE, AGAIN, CHOOSE] },
  endless: { level: 'bad', title: 'The answer had no end', remedies: [CHOOSE, AGAIN, LOG] },
  unreadable_calls: { level: 'bad', title: 'The model’s calls cannot be read', remedies: [CONTINUE, CHOOSE] },
  filtered: { level: 'bad', title: 'The provider’s filter ended the answer', remedies: [AGAIN, CHOOSE] },
  malformed: { level: 'bad', title: 'The answer cannot be read', remedies: [AGAIN, CHOOSE, LOG] },
  no_api: { level: 'bad', title: 'No model answers at this address', remedies: [CHOOSE, AGAIN, LOG] },
  stalled: { level: 'bad', title: 'The model fell silent', remedies: [AGAIN, CHOOSE, LOG] },
  tls: { level: 'bad', title: 'The connection is not secure', remedies: [AGAIN, CHOOSE, LOG] },
  server_error: { level: 'bad', title: 'The provider has a fault', remedies: [AGAIN, CHOOSE, LOG] },
  timeout: { level: 'bad', title: 'The provider took too long', remedies: [AGAIN, CHOOSE, LOG] },
  refused: { level: 'bad', title: 'The provider refused the request', remedies: [CHOOSE, AGAIN, LOG] },
  quota: { level: 'bad', title: 'The account has no credit left', remedies: [CHOOSE, SET_KEY, AGAIN] },
  no_permission: { level: 'ask', title: 'VS Code asks for your permission first', remedies: [AGAIN, CHOOSE] },
  unknown_endpoint: { level: 'bad', title: 'This model’s endpoint is not known', remedies: [SET_KEY, CHOOSE] },
  no_tools: { level: 'bad', title: 'This model cannot use tools', remedies: [CHOOSE] },
  bad_endpoint: { level: 'bad', title: 'The endpoint is not an address', remedies: [SET_KEY, CHOOSE] },
  context_overflow: {
    level: 'bad',
    title: 'The conversation no longer fits the model',
    remedies: [SUMMARISE, NEW, CHOOSE],
  },
  budget: { level: 'ask', title: 'The limit is reached', remedies: [AGAIN, NEW] },
  untrusted: { level: 'ask', title: 'Stretto reads only, until you trust this workspace', remedies: [TRUST, AGAIN] },
  no_folder: { level: 'ask', title: 'Open a folder to let Stretto edit files', remedies: [FOLDER] },
}

/**
 * What a turn that failed says above the error's own message.
 *
 * @param host the provider's, if it is known
 */
export function problemOf(code: string, host?: string): Problem {
  const problem = PROBLEMS[code] ?? { level: 'bad', title: 'The turn failed', remedies: [AGAIN, LOG] }
  return code === 'unreachable' && host !== undefined ? { ...problem, title: silent(host) } : problem
}

function silent(host: string): string {
  const local = /^(?:localhost|127\.|\[::1\]|0\.0\.0\.0)/.test(host)
  return local ? 'The local server does not answer' : `${host} does not answer`
}

/**
 * What a turn says while it waits to ask the provider again.
 *
 * @param left seconds of the wait
 */
export function retryOf(code: string, host?: string, left = 0): Problem {
  if (code === 'rate_limited') {
    const title = `The provider asks to wait${left > 0 ? ` ${left} s` : ''}`
    return { level: 'ask', title, remedies: [NOW, CHOOSE] }
  }
  return { level: 'ask', title: problemOf(code, host).title, remedies: [NOW, CHOOSE, LOG] }
}

export const UNTRUSTED: Problem = { ...problemOf('untrusted'), remedies: [TRUST] }
export const NO_FOLDER: Problem = problemOf('no_folder')
