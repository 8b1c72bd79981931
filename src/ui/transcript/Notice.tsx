import { useComputed } from '@preact/signals'
import type { ComponentChildren, JSX } from 'preact'
import { Icon } from '../icons.tsx'
import { usePanel } from '../panel.ts'
import { budgetWords } from '../words/budgetWords.ts'
import { NO_FOLDER, problemOf, type Remedy, retryOf, UNTRUSTED, type Problem } from '../words/problems.ts'

interface Props {
  problem: Problem
  children?: ComponentChildren
}

/** What happened, then what to do: a button for each thing. */
function Notice({ problem: { level, title, remedies }, children }: Props): JSX.Element {
  const { post } = usePanel()
  return (
    <div class={`notice ${level}`}>
      <Icon name={level === 'bad' ? 'error' : 'warning'} />
      <div>
        <b>{title}</b>
        {children}
        <div class="acts" hidden={remedies.length === 0}>
          {remedies.map(({ label, does }, i) => (
            <button
              key={label}
              class={`btn ${i === 0 ? 'main' : ''}`}
              type="button"
              onClick={() =>
                post('send' in does ? { type: 'send', text: does.send } : { type: 'action', action: does.action })
              }
            >
              {label}
            </button>
          ))}
        </div>
      </div>
    </div>
  )
}

/** Why a turn failed. Only of the last turn something can be done about it. */
export function TurnFailure({ turnId }: { turnId: string }): JSX.Element | null {
  const { store } = usePanel()
  const error = useComputed(() => store.turn(turnId)?.value.error).value
  const last = useComputed(() => store.turnIds.value.at(-1) === turnId).value
  if (error === undefined) return null
  const problem = problemOf(error.code, store.environment.value?.model?.host)
  return (
    <Notice problem={last ? problem : { ...problem, remedies: [] }}>
      {error.message.replace(/\.$/, '') !== problem.title && <p class="muted">{error.message}</p>}
    </Notice>
  )
}

/** A turn that waits to ask the provider again, counting down; or that has something else to say. */
export function Retry({ turnId }: { turnId: string }): JSX.Element | null {
  const { store, clock } = usePanel()
  const turn = store.turn(turnId)?.value
  const notice = turn?.notice
  if (notice === undefined || turn?.endedAt !== undefined) return null
  if (notice.retryAt === undefined) {
    return (
      <div class="tag">
        <Icon name={notice.level === 'warning' ? 'warning' : 'clock'} />
        {notice.text}
      </div>
    )
  }
  void clock.second.value
  const left = Math.max(0, Math.ceil((notice.retryAt - clock.now()) / 1000))
  return (
    <Notice problem={retryOf(notice.code, store.environment.value?.model?.host, left)}>
      <p class="muted">{notice.text}</p>
      <p class="num">
        {left > 0 ? `Trying again in ${left} s` : 'Trying again'}
        {notice.attempt !== undefined && <span class="muted">, attempt {notice.attempt} of 5</span>}
      </p>
    </Notice>
  )
}

/** A turn that has come to a limit of what the session may take, and waits for the user's word. */
export function Budget({ turnId }: { turnId: string }): JSX.Element | null {
  const { store } = usePanel()
  const question = useComputed(() => store.turn(turnId)?.value.budget).value
  if (question === undefined) return null
  const { title, detail, goOn } = budgetWords(question)
  const remedies: Remedy[] = [
    { label: goOn, does: { action: 'raiseLimit' } },
    { label: 'Stop here', does: { action: 'stopHere' } },
  ]
  return (
    <Notice problem={{ level: 'ask', title, remedies }}>
      <p class="muted">{detail}</p>
    </Notice>
  )
}

/** What keeps Stretto from working here, whatever the session. */
export function HostNotices(): JSX.Element | null {
  const { store } = usePanel()
  const environment = store.environment.value
  if (environment === undefined) return null
  const problem = !environment.trusted ? UNTRUSTED : !environment.hasFolder ? NO_FOLDER : undefined
  if (problem === undefined) return null
  return (
    <div class="col host-notice">
      <Notice problem={problem}>
        {!environment.trusted && (
          <p class="muted">Until then it runs nothing, edits nothing and sends nothing to a model.</p>
        )}
      </Notice>
    </div>
  )
}
