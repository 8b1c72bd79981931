import * as vscode from 'vscode'
import type { Session } from '../../core/agent/session.ts'
import { DEMO, parseReference } from '../../core/models/reference.ts'
import type { CurrentSession } from '../currentSession.ts'
import type { OfferedModel, OfferedModels } from '../modelOffers.ts'
import type { WindowModels } from '../models.ts'
import { modelSettings, setSetting } from '../settings.ts'
import { BY_DEFAULT, type Choice, type Item, modelItems } from './modelItems.ts'

interface SelectParts {
  models: WindowModels
  current: CurrentSession
}

/** What the user picked; `always` when it is for all sessions. */
type Picked = { choice: Choice; always: boolean } | undefined

/** Lets the user choose the model of the panel's session, or of all sessions. */
export async function selectModel(parts: SelectParts): Promise<void> {
  const session = await parts.current.get()
  const picked = await pick(parts.models, session)
  if (picked !== undefined) await apply(picked, session, parts.models)
}

/** The list grows while sources answer; what was typed and chosen in it stays. */
async function pick(models: WindowModels, session: Session): Promise<Picked> {
  const searching = new vscode.CancellationTokenSource()
  const list = vscode.window.createQuickPick<Item>()
  const { promise, resolve } = Promise.withResolvers<Picked>()
  const sources: OfferedModels[][] = []
  list.title = 'Choose a model for this session'
  list.placeholder = 'Models of VS Code, of your endpoint and of this machine'
  list.matchOnDescription = true
  list.matchOnDetail = true
  list.busy = true
  list.onDidAccept(() => list.selectedItems.length > 0 && resolve(pickedFrom(list.selectedItems[0], false)))
  list.onDidTriggerItemButton(({ item, button }) => resolve(pickedFrom(item, button === BY_DEFAULT)))
  list.onDidHide(() => resolve(undefined))
  list.show()
  const show = (): void => setItems(list, modelItems(sources.flat(), session.state.chosenModel))
  try {
    const found = (more: OfferedModels[], place: number): void => {
      sources[place] = more
      // Until there is a model, the first line would be another thing than the one that is looked for.
      if (sources.flat().length > 0) show()
    }
    const searched = models.offers(found, searching.token).then(() => {
      list.busy = false
      show()
      return promise
    })
    // A search that fails is told only to who still waits for it.
    return await Promise.race([promise, searched])
  } finally {
    searching.cancel()
    searching.dispose()
    list.dispose()
  }
}

/** The line that the user has gone to stays the active one. */
function setItems(list: vscode.QuickPick<Item>, items: Item[]): void {
  const isChoosable = ({ choice }: Item): boolean => choice !== undefined
  const active = list.activeItems[0]
  const moved = active !== undefined && active !== list.items.find(isChoosable)
  list.items = items
  const same = moved ? items.find(({ label, detail }) => label === active.label && detail === active.detail) : undefined
  if (same !== undefined) list.activeItems = [same]
}

function pickedFrom(item: Item | undefined, always: boolean): Picked {
  return item?.choice && { choice: item.choice, always }
}

async function apply({ choice, always }: NonNullable<Picked>, session: Session, models: WindowModels): Promise<void> {
  switch (choice.kind) {
    case 'key':
      await vscode.commands.executeCommand('stretto.setApiKey')
      return
    case 'default':
      return choose(session, '', '')
    case 'makeDefault':
      return makeChosenDefault(session)
    case 'name':
      return enterName(session, models)
    case 'demo':
      return (await isFirst(models)) ? useDemo() : choose(session, DEMO, 'Demo')
    case 'model': {
      const { offered } = choice
      if (!always && !(await isFirst(models))) return choose(session, offered.reference, offered.label)
      await setDefault(offered.settings)
      choose(session, '', '')
    }
  }
}

/** The first model that is chosen is that of all sessions: else each would begin with the same question. */
async function isFirst(models: WindowModels): Promise<boolean> {
  return (await models.describe()).model === undefined
}

function choose(session: Session, model: string, label: string): void {
  if (model === (session.state.chosenModel?.model ?? '')) return
  session.record(session.state.turns.at(-1)?.id ?? '', { type: 'modelChosen', model, label })
}

async function makeChosenDefault(session: Session): Promise<void> {
  const chosen = session.state.chosenModel
  if (chosen === undefined) return
  const reference = parseReference(chosen.model)
  switch (reference.provider) {
    case 'demo':
      await useDemo()
      break
    case 'vscode':
      await setDefault({ provider: 'vscode', baseUrl: '', name: reference.id })
      break
    case 'openai':
      await setDefault({ provider: 'openai', baseUrl: reference.baseUrl, name: reference.model })
      break
    case 'same':
      await setSetting('model.name', reference.model)
  }
  choose(session, '', '')
}

async function useDemo(): Promise<void> {
  await setSetting('model.provider', 'demo')
}

async function setDefault({ provider, baseUrl, name }: OfferedModel['settings']): Promise<void> {
  await setSetting('model.name', name)
  await setSetting('model.baseUrl', baseUrl === '' ? undefined : baseUrl)
  await setSetting('model.provider', provider)
}

async function enterName(session: Session, models: WindowModels): Promise<void> {
  const { name } = modelSettings()
  const typed = (await vscode.window.showInputBox({ title: 'The model’s id at the endpoint', value: name }))?.trim()
  if (typed === undefined) return
  if (typed !== '' && !(await isFirst(models))) return choose(session, typed, typed)
  await setSetting('model.name', typed)
}
