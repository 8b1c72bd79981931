import { useSignal } from '@preact/signals'
import { Fragment, type JSX } from 'preact'
import { useLayoutEffect, useRef } from 'preact/hooks'
import { usePanel } from '../panel.ts'
import { FirstRun } from './FirstRun.tsx'
import { HostNotices } from './Notice.tsx'
import { RestoreNotes } from './RestoreNote.tsx'
import { Turn } from './Turn.tsx'

/** Turns in the document; earlier ones come when they are asked for. */
const WINDOW = 200

export function Transcript(): JSX.Element {
  const { store, follow, cards, post } = usePanel()
  const log = useRef<HTMLDivElement>(null)
  const content = useRef<HTMLDivElement>(null)
  useLayoutEffect(() => {
    if (log.current === null || content.current === null) return undefined
    return follow.attach(log.current, content.current)
  }, [])
  const onLink = (event: { target: EventTarget | null; preventDefault(): void }): void => {
    const link = event.target instanceof Element ? event.target.closest('[data-href]') : null
    if (link === null) return
    event.preventDefault()
    post({ type: 'openLink', href: link.getAttribute('data-href') ?? '' })
  }
  const isNew = store.turnIds.value.length === 0
  return (
    <div
      id="log"
      role="log"
      aria-label="Conversation"
      aria-live="off"
      tabIndex={0}
      ref={log}
      onClick={onLink}
      onAuxClick={onLink}
      onPointerOver={(event) => cards.link(linkedAt(event.target))}
      onPointerLeave={() => cards.link(undefined)}
      onFocusIn={(event) => {
        cards.link(linkedAt(event.target))
        cards.focus(cardAt(event.target))
      }}
      onFocusOut={() => {
        cards.link(undefined)
        cards.focus(undefined)
      }}
    >
      <div class={isNew ? 'content new' : 'content'} ref={content}>
        <HostNotices />
        <RestoreNotes after={undefined} />
        {isNew ? <FirstRun /> : <Turns />}
      </div>
    </div>
  )
}

/** The call whose lane or row this is in. */
function linkedAt(target: EventTarget | null): string | undefined {
  if (!(target instanceof Element)) return undefined
  const lane = target.closest('[data-for]')?.getAttribute('data-for')?.split(' ')[0]
  return lane ?? (target.closest('.row') === null ? undefined : cardAt(target))
}

function cardAt(target: EventTarget | null): string | undefined {
  if (!(target instanceof Element)) return undefined
  return target.closest('[data-call-id]')?.getAttribute('data-call-id') ?? undefined
}

function Turns(): JSX.Element {
  const { store } = usePanel()
  const extra = useSignal(0)
  const ids = store.turnIds.value
  const from = Math.max(0, ids.length - WINDOW - extra.value)
  return (
    <>
      {from > 0 && (
        <div class="col">
          <button class="link" type="button" onClick={() => (extra.value += WINDOW)}>
            Show earlier turns
          </button>
        </div>
      )}
      {ids.slice(from).map((id) => (
        <Fragment key={id}>
          <Turn id={id} />
          <RestoreNotes after={id} />
        </Fragment>
      ))}
    </>
  )
}
