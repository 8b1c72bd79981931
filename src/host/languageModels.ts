import * as vscode from 'vscode'
import type { VsCodeModel } from '../core/models/resolve.ts'
import { type RetryingModel, withRetry } from '../core/models/retry.ts'
import { type StreamLimits, withWatchdog } from '../core/models/watchdog.ts'
import type { Clock } from '../core/ports.ts'
import { LanguageModelChat } from './languageModelChat.ts'

/** How long VS Code may take to gather its models, in ms: it starts the extensions that provide them. */
const LIST_MS = 3000

interface LanguageModelsParts {
  access: vscode.LanguageModelAccessInformation
  clock: Clock
  limits?: (() => StreamLimits) | undefined
}

/** The models that VS Code offers to extensions. */
export class LanguageModels {
  readonly #parts: LanguageModelsParts

  constructor(parts: LanguageModelsParts) {
    this.#parts = parts
  }

  /** What there is now; nothing when VS Code does not tell in time: it says when that changes. */
  async list(): Promise<VsCodeModel[]> {
    const chats = await this.#select({})
    return chats.map(({ id, name, vendor, family, maxInputTokens }) => ({
      id,
      name,
      vendor,
      family,
      contextTokens: maxInputTokens,
    }))
  }

  /** Undefined when it is no longer there. */
  async open({ id, vendor }: VsCodeModel): Promise<RetryingModel | undefined> {
    const [chat] = await this.#select({ id, vendor })
    if (chat === undefined) return undefined
    const { clock, limits } = this.#parts
    const watched = withWatchdog(new LanguageModelChat(chat, this.#parts), { clock, host: chat.name, limits })
    return withRetry(watched, { clock, random: Math.random })
  }

  #select(selector: vscode.LanguageModelChatSelector): Promise<vscode.LanguageModelChat[]> {
    const { promise, resolve, reject } = Promise.withResolvers<vscode.LanguageModelChat[]>()
    const timer = this.#parts.clock.after(LIST_MS, () => resolve([]))
    vscode.lm.selectChatModels(selector).then(resolve, reject)
    return promise.finally(() => timer.dispose())
  }
}
