import { globSync, readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { problemOf, retryOf } from '../../../src/ui/words/problems.ts'

/** Title, then the buttons, the first of them the main one. */
const words = (code: string, host?: string) => {
  const { title, remedies } = problemOf(code, host)
  return [title, ...remedies.map(({ label }) => label)]
}

/** Every code that the sources give a failed turn. */
function codes(): string[] {
  const files = globSync('src/{core/models,core/agent,host}/**/*.ts')
  const sources = files.map((file) => readFileSync(file, 'utf8')).join('\n')
  const made = /(?:new ModelError|\bfail|rateLimited)\(\s*(?:endpoint\.apiKey \? )?'(\w+)'(?: : '(\w+)')?/g
  const found = [...sources.matchAll(made)].flatMap(([, one, other]) => [one, other])
  return [...new Set(found.filter((code) => code !== undefined))]
}

describe('a problem', () => {
  it.each<[string, string[]]>([
    ['unauthorized', ['The key was refused', 'Set API key', 'Choose a model', 'Try again']],
    ['no_key', ['An API key is needed', 'Set API key', 'Choose a model', 'Try again']],
    ['unreachable', ['The server does not answer', 'Try again', 'Choose a model', 'Show log']],
    ['rate_limited', ['The provider asks to wait', 'Try again', 'Choose a model']],
    ['quota', ['The account has no credit left', 'Choose a model', 'Set API key', 'Try again']],
    ['context_overflow', ['The conversation no longer fits the model', 'Summarise', 'New session', 'Choose a model']],
    ['cut', ['The answer broke off', 'Continue', 'Try again', 'Show log']],
    ['empty', ['The answer was empty', 'Continue', 'Try again', 'Choose a model']],
    ['endless', ['The answer had no end', 'Choose a model', 'Try again', 'Show log']],
    ['unreadable_calls', ['The model’s calls cannot be read', 'Continue', 'Choose a model']],
    ['malformed', ['The answer cannot be read', 'Try again', 'Choose a model', 'Show log']],
    ['no_api', ['No model answers at this address', 'Choose a model', 'Try again', 'Show log']],
    ['stalled', ['The model fell silent', 'Try again', 'Choose a model', 'Show log']],
    ['timeout', ['The provider took too long', 'Try again', 'Choose a model', 'Show log']],
    ['server_error', ['The provider has a fault', 'Try again', 'Choose a model', 'Show log']],
    ['tls', ['The connection is not secure', 'Try again', 'Choose a model', 'Show log']],
    ['refused', ['The provider refused the request', 'Choose a model', 'Try again', 'Show log']],
    ['unknown_model', ['The provider does not know this model', 'Choose a model', 'Try again']],
    ['no_tools', ['This model cannot use tools', 'Choose a model']],
    ['filtered', ['The provider’s filter ended the answer', 'Try again', 'Choose a model']],
    ['odd', ['The turn failed', 'Try again', 'Show log']],
  ])('%s says what happened, and has a button for each thing to do', (code, expected) => {
    expect(words(code)).toEqual(expected)
  })

  it('has words of its own for every code that a turn can fail with', () => {
    const found = codes()
    expect(found).toEqual(expect.arrayContaining(['unauthorized', 'cut', 'context_overflow', 'stalled', 'quota']))
    expect(found.filter((code) => code !== 'internal' && words(code)[0] === 'The turn failed')).toEqual([])
  })

  it('never apologises and never shouts', () => {
    for (const code of codes()) expect(words(code).join(' ')).not.toMatch(/!|sorry|oops|unfortunately/i)
  })

  it('names the server that does not answer', () => {
    expect(problemOf('unreachable', 'localhost:11434').title).toBe('The local server does not answer')
    expect(retryOf('unreachable', 'api.openai.com').title).toBe('api.openai.com does not answer')
  })

  it('that is waited for counts down, and can be tried now', () => {
    expect([retryOf('rate_limited', undefined, 20).title, retryOf('rate_limited').title]).toEqual([
      'The provider asks to wait 20 s',
      'The provider asks to wait',
    ])
    expect(retryOf('cut').title).toBe('The answer broke off')
    expect(retryOf('cut').remedies.map(({ label }) => label)).toEqual(['Try now', 'Choose a model', 'Show log'])
  })
})
