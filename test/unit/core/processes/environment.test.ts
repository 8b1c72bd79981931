import { expect, test } from 'vitest'
import { scrubbed } from '../../../../src/core/processes/environment.ts'

test('keys to models and the editor’s own variables are not inherited', () => {
  const secret = {
    OPENAI_API_KEY: 'x',
    ANTHROPIC_API_KEY: 'x',
    AZURE_OPENAI_API_KEY: 'x',
    GEMINI_API_KEY: 'x',
    HF_TOKEN: 'x',
    OPENROUTER_API_KEY: 'x',
    VSCODE_IPC_HOOK_CLI: 'x',
    ELECTRON_RUN_AS_NODE: '1',
    OPENAI_CUSTOM_HEADERS: 'Authorization: x',
    RIPGREP_CONFIG_PATH: 'x',
    STRETTO_CALL: 'x',
  }
  expect(scrubbed(secret)).toEqual({})
})

test('what commands need stays', () => {
  const kept = { PATH: '/bin', HOME: '/h', OPENAI_BASE_URL: 'u', GOOGLE_APPLICATION_CREDENTIALS: 'f', MY_API_KEY: 'k' }
  expect(scrubbed(kept)).toEqual(kept)
})
