import * as vscode from 'vscode'
import type { ModelFacts } from '../../core/models/facts.ts'
import { DEMO } from '../../core/models/reference.ts'
import type { SessionState } from '../../protocol/state.ts'
import type { OfferedModel, OfferedModels } from '../modelOffers.ts'
import { plainLine } from '../plainText.ts'
import { modelSettings } from '../settings.ts'

export type Choice =
  | { kind: 'model'; offered: OfferedModel }
  /** The session goes back to the window's model. */
  | { kind: 'default' }
  /** The session's model becomes the window's. */
  | { kind: 'makeDefault' }
  | { kind: 'demo' | 'name' | 'key' }

export type Item = vscode.QuickPickItem & { choice?: Choice }

/** On a model's line. */
export const BY_DEFAULT: vscode.QuickInputButton = {
  iconPath: new vscode.ThemeIcon('pinned'),
  tooltip: 'Use in all sessions',
}

/** The groups that were found so far, and what there always is. */
export function modelItems(groups: readonly OfferedModels[], chosen: SessionState['chosenModel']): Item[] {
  return [...groups.flatMap((group) => groupItems(group, chosen)), ...otherItems(chosen)]
}

function groupItems({ name, models }: OfferedModels, chosen: SessionState['chosenModel']): Item[] {
  const items = models.map((offered): Item => {
    const marks = [
      ...(offered.reference === chosen?.model ? ['this session'] : []),
      ...(isDefault(offered) ? ['default'] : []),
    ]
    return {
      label: plainLine(offered.label),
      description: marks.join(', '),
      detail: offered.facts && factsLine(offered.facts),
      buttons: [BY_DEFAULT],
      choice: { kind: 'model', offered },
    }
  })
  return [separator(plainLine(name)), ...items]
}

function otherItems(chosen: SessionState['chosenModel']): Item[] {
  const ofChosen: Item[] =
    chosen === undefined
      ? []
      : [
          {
            label: 'Use the default again',
            detail: `Instead of ${plainLine(chosen.label)}`,
            choice: { kind: 'default' },
          },
          {
            label: 'Use this session’s model in all sessions',
            detail: plainLine(chosen.label),
            choice: { kind: 'makeDefault' },
          },
        ]
  const isDemo = chosen?.model === DEMO
  return [
    separator('Other'),
    ...ofChosen,
    { label: 'Enter a name …', detail: 'A model of the endpoint in use', choice: { kind: 'name' } },
    { label: 'Set an API key …', detail: 'To see the models of its endpoint here', choice: { kind: 'key' } },
    {
      label: 'Demo: a script, not an AI',
      description: isDemo ? 'this session' : '',
      detail: 'Drives the real tools on the sample workspace',
      choice: { kind: 'demo' },
    },
  ]
}

function separator(label: string): Item {
  return { label, kind: vscode.QuickPickItemKind.Separator }
}

function isDefault({ settings }: OfferedModel): boolean {
  const now = modelSettings()
  return now.name === settings.name && now.baseUrl === settings.baseUrl && now.provider === settings.provider
}

/** `1,050,000 tokens · $1 in, $5 out a million tokens · sees images` */
export function factsLine({ contextTokens, inputUsd, outputUsd, images, tools }: ModelFacts): string {
  return [
    `${contextTokens.toLocaleString('en-US')} tokens`,
    ...(inputUsd === undefined || outputUsd === undefined
      ? []
      : [`$${inputUsd} in, $${outputUsd} out a million tokens`]),
    ...(images ? ['sees images'] : []),
    ...(tools ? [] : ['cannot use tools']),
  ].join(' · ')
}
