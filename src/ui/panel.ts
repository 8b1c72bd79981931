import type { ReadonlySignal, Signal } from '@preact/signals'
import { createContext } from 'preact'
import { useContext } from 'preact/hooks'
import type { Announcer } from './announcer.ts'
import type { Cards } from './cards.ts'
import type { Clock } from './clock.ts'
import type { Draft } from './draft.ts'
import type { Follow } from './follow.ts'
import type { FromPanel } from '../protocol/messages.ts'
import type { Store } from './store.ts'

/** The parts that components share. */
export interface Panel {
  store: Store
  cards: Cards
  clock: Clock
  draft: Draft
  follow: Follow
  announcer: Announcer
  /** The user has stopped the turn, and the session does not say so yet. */
  stopping: ReadonlySignal<boolean>
  /** Where the pictures and sounds are that calls made, by call. */
  media: Signal<ReadonlyMap<string, string>>
  post: (message: FromPanel) => void
  /** Ends the turn; the panel says so at once. */
  stop: () => void
}

export const PanelContext = createContext<Panel | undefined>(undefined)

export function usePanel(): Panel {
  const panel = useContext(PanelContext)
  if (panel === undefined) throw new Error('no panel around this component')
  return panel
}
