/** The model that is asked for when the user names none, by host. Hosts that are not here are asked for their list. */
export const defaultModels: Readonly<Record<string, string>> = {
  'api.openai.com': 'gpt-6.1-terra',
}

/** Where `OPENAI_API_KEY` belongs when no endpoint is given. */
export const OPENAI = 'https://api.openai.com/v1'

/** Servers that run on this machine and speak Chat Completions, the preferred first. */
export const localServers: readonly { name: string; baseUrl: string }[] = [
  { name: 'Ollama', baseUrl: 'http://localhost:11434/v1' },
  { name: 'LM Studio', baseUrl: 'http://localhost:1234/v1' },
]

/** The first model that can talk: lists hold embedding models and speech too. */
export function firstChatModel(ids: readonly string[]): string | undefined {
  return ids.find((id) => !/embed|whisper|tts|rerank|moderation|dall-e/i.test(id))
}
