/** Names that a child process never inherits: the editor's own plumbing, and keys to models. */
const editor = /^(?:VSCODE_|ELECTRON_|STRETTO_)/i
const providers =
  /^(?:OPENAI|AZURE_OPENAI|ANTHROPIC|GEMINI|GOOGLE_(?:API|GENERATIVE_AI)|MISTRAL|GROQ|OPENROUTER|DEEPSEEK|XAI|TOGETHER|FIREWORKS|COHERE|PERPLEXITY|CEREBRAS|HUGGINGFACE|HF|REPLICATE|ELEVENLABS)_(?:.*_)?(?:KEY|TOKEN|SECRET)$/i
const keys = /^(?:GOOGLE_API_KEY|HUGGINGFACEHUB_API_TOKEN|OPENAI_CUSTOM_HEADERS|RIPGREP_CONFIG_PATH)$/i

/** The environment for a child process: `source` without secrets of model providers and without the editor's own. */
export function scrubbed(source: NodeJS.ProcessEnv): NodeJS.ProcessEnv {
  const kept = Object.entries(source).filter(
    ([name]) => !editor.test(name) && !providers.test(name) && !keys.test(name),
  )
  return Object.fromEntries(kept)
}

/** The name of the mark in the environment of all that is started here. */
export const MARK = 'STRETTO_CALL'

/** How the mark begins that a window's processes have, as it stands in an environment. */
export function markOf(id: string): string {
  return `${MARK}=${id}:`
}
