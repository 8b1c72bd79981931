import * as vscode from 'vscode'
import type { OfferedModels } from '../modelClients.ts'
import type { WindowModels } from '../models.ts'
import { modelSettings, setSetting } from '../settings.ts'

type Choice = { kind: 'model'; baseUrl: string; model: string } | { kind: 'demo' } | { kind: 'name' } | { kind: 'key' }
type Item = vscode.QuickPickItem & { choice?: Choice }

const always: Item[] = [
  { label: '', kind: vscode.QuickPickItemKind.Separator },
  { label: 'Enter a name …', detail: 'A model of the current endpoint', choice: { kind: 'name' } },
  { label: 'Set an API key …', detail: 'To see the models of its endpoint here', choice: { kind: 'key' } },
  {
    label: 'Demo: a script, not an AI',
    detail: 'Drives the real tools on the sample workspace',
    choice: { kind: 'demo' },
  },
]

/** Lets the user choose among the models that were found, and writes the choice to the user's settings. */
export async function selectModel(models: WindowModels): Promise<void> {
  const searching = new vscode.CancellationTokenSource()
  try {
    const offers = models.offers(searching.token)
    const items = offers.then((found) => [...found.flatMap(offered), ...always])
    const options = {
      title: 'Choose a model',
      placeHolder: 'Models of your endpoint and of this machine',
      matchOnDescription: true,
    }
    const chosen = await vscode.window.showQuickPick(items, options)
    if (chosen?.choice !== undefined) await apply(chosen.choice)
  } finally {
    searching.cancel()
    searching.dispose()
  }
}

function offered({ name, baseUrl, models }: OfferedModels): Item[] {
  const current = modelSettings()
  const items = models.map((model): Item => {
    const isCurrent = model === current.name && baseUrl === current.baseUrl
    return { label: model, description: isCurrent ? 'current' : undefined, choice: { kind: 'model', baseUrl, model } }
  })
  return [{ label: name, kind: vscode.QuickPickItemKind.Separator }, ...items]
}

async function apply(choice: Choice): Promise<void> {
  switch (choice.kind) {
    case 'demo':
      return setSetting('model.provider', 'demo')
    case 'key':
      await vscode.commands.executeCommand('stretto.setApiKey')
      return
    case 'name':
      return enterName()
    case 'model':
      await setSetting('model.name', choice.model)
      await setSetting('model.baseUrl', choice.baseUrl)
      await setSetting('model.provider', 'openai')
  }
}

async function enterName(): Promise<void> {
  const { name, provider } = modelSettings()
  const typed = await vscode.window.showInputBox({ title: 'The model’s id at the endpoint', value: name })
  if (typed === undefined) return
  await setSetting('model.name', typed.trim())
  if (provider === 'demo') await setSetting('model.provider', 'auto')
}
