/** USD a million tokens, each undefined where it is not known. */
export interface Prices {
  inputUsd?: number
  outputUsd?: number
  /** Input that the endpoint reads from its cache. */
  cachedInputUsd?: number
}

/** What is known of a model. */
export interface ModelFacts extends Prices {
  /** Tokens of a request and its answer together. */
  contextTokens: number
  maxOutputTokens?: number
  /** Prices of a whole request whose input is longer than this. */
  longInput?: Prices & { aboveTokens: number }
  /** Whether messages may hold images. */
  images: boolean
  reasoning: boolean
  tools: boolean
}

/** What the user's `models` file says of models, by id. */
export interface KnownModels {
  models?: Readonly<Record<string, Partial<ModelFacts> & { host?: string }>>
}
