import * as vscode from 'vscode'

/** What the extension of test/fixtures/modelProvider exports. */
export interface ScriptedProvider {
  offer(...models: { id: string; name?: string; maxInputTokens?: number }[]): void
  requests: {
    model: string
    messages: vscode.LanguageModelChatRequestMessage[]
    options: vscode.ProvideLanguageModelChatResponseOptions
  }[]
  answer: (
    progress: vscode.Progress<vscode.LanguageModelResponsePart>,
    token: vscode.CancellationToken,
  ) => Promise<unknown>
  tokenLength: number
}

/** Offers these models through VS Code, until the end; VS Code knows of them when this settles. */
export async function offering(
  ...models: Parameters<ScriptedProvider['offer']>
): Promise<ScriptedProvider & AsyncDisposable> {
  const extension = vscode.extensions.getExtension<ScriptedProvider>('stretto-test.model-provider')
  if (extension === undefined) throw new Error('The scripted provider is not installed in this VS Code.')
  const provider = await extension.activate()
  provider.tokenLength = 4
  provider.answer = async () => undefined
  provider.offer(...models)
  await known(models.length)
  return Object.assign(provider, {
    [Symbol.asyncDispose]: async () => {
      provider.offer()
      await known(0)
    },
  })
}

async function known(count: number): Promise<void> {
  const isKnown = async (): Promise<boolean> =>
    (await vscode.lm.selectChatModels({ vendor: 'stretto-test' })).length === count
  if (await isKnown()) return
  await new Promise<void>((resolve) => {
    const listener = vscode.lm.onDidChangeChatModels(async () => {
      if (!(await isKnown())) return
      listener.dispose()
      resolve()
    })
  })
}
