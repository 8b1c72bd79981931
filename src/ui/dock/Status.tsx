import { useComputed, type Signal } from '@preact/signals'
import type { JSX } from 'preact'
import { useEffect, useRef, useState } from 'preact/hooks'
import { StateIcon } from '../icons.tsx'
import { usePanel } from '../panel.ts'
import { nextQuestion } from '../rows.ts'
import { amount, dollars, plural, span } from '../words/spans.ts'
import { ContextMeter } from './ContextMeter.tsx'
import { statusLine } from './statusLine.ts'

/** What is said aloud changes at most this often, in ms. */
const SAID_EVERY = 2000

/** @param listed whether the list of what goes on in the background is shown */
export function Status({ listed }: { listed: Signal<boolean> }): JSX.Element {
  const panel = usePanel()
  const { store, stopping } = panel
  const line = useComputed(() => statusLine(store.session.value, stopping.value)).value
  const said = useSlowly(line?.said ?? '')
  if (line === undefined) {
    return (
      <div class="status quiet">
        <span role="status" class="sr">
          {store.environment.value?.model === undefined ? 'No model yet' : ''}
        </span>
      </div>
    )
  }
  return (
    <div class="status">
      <StateIcon kind={line.kind} />
      <span role="status">
        <span aria-hidden="true">
          {line.words}
          {line.words !== '' && (line.asking > 0 || line.background > 0 || line.review !== undefined) && ' ·'}
        </span>
        <span class="sr">{said}</span>
      </span>
      {line.background > 0 && <InBackground count={line.background} listed={listed} more={line.asking > 0} />}
      {line.asking > 0 && <Jump asking={line.asking} />}
      {line.review !== undefined && <ReviewLink {...line.review} />}
      <Numbers />
    </div>
  )
}

interface InBackgroundProps {
  count: number
  listed: Signal<boolean>
  /** Whether something follows. */
  more: boolean
}

/** Shows and hides the list of what goes on in the background. */
function InBackground({ count, listed, more }: InBackgroundProps): JSX.Element {
  return (
    <button
      class="jump calm"
      type="button"
      aria-expanded={listed.value}
      aria-controls="background"
      aria-label={`${count} in the background`}
      onClick={() => (listed.value = !listed.value)}
    >
      <span class="m">{count} in the background</span>
      <span class="s">{count} in background</span>
      {more && <span aria-hidden="true"> ·</span>}
    </button>
  )
}

function Jump({ asking }: { asking: number }): JSX.Element {
  const panel = usePanel()
  const words = asking === 1 ? '1 needs your answer' : `${asking} need your answer`
  return (
    <button class="jump" type="button" aria-keyshortcuts="Alt+A" aria-label={words} onClick={() => nextQuestion(panel)}>
      <span class="m">{words}</span>
      <span class="s">{asking} to answer</span>
    </button>
  )
}

function ReviewLink({ turnId, files }: { turnId: string; files: number }): JSX.Element {
  const { post } = usePanel()
  return (
    <button class="jump calm" type="button" onClick={() => post({ type: 'reviewChanges', turnId })}>
      Review {plural(files, 'file')}
    </button>
  )
}

/** What the turn has taken and its time; in an idle session, what the session has. */
function Numbers(): JSX.Element {
  const { store, clock } = usePanel()
  const turn = useComputed(() => store.session.value.turns.at(-1)).value
  const total = useComputed(() => store.session.value.usage).value
  const live = turn !== undefined && turn.endedAt === undefined
  if (live) void clock.second.value
  const { inputTokens, outputTokens, costUsd } = live ? turn.usage : total
  const tokens = inputTokens + outputTokens
  const of = live ? '' : 'session '
  return (
    <span class="end-cell num">
      <ContextMeter />
      {tokens > 0 && (
        <span class="tokens" title={`${amount(inputTokens)} tokens in, ${amount(outputTokens)} out`}>
          {costUsd === undefined && of}
          {amount(tokens)} tokens
        </span>
      )}
      {costUsd !== undefined && <span class="cost">{`${of}${dollars(costUsd)}`}</span>}
      {live && <span>{span(clock.now() - turn.startedAt, true)}</span>}
    </span>
  )
}

/** The latest text, at most once in two seconds. */
function useSlowly(text: string): string {
  const [said, setSaid] = useState(text)
  const changedAt = useRef(-Infinity)
  useEffect(() => {
    if (text === said) return undefined
    const wait = Math.max(0, changedAt.current + SAID_EVERY - Date.now())
    const timer = setTimeout(() => {
      changedAt.current = Date.now()
      setSaid(text)
    }, wait)
    return () => clearTimeout(timer)
  }, [text, said])
  return said
}
