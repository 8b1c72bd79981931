import type { JSX } from 'preact'
import type { CallState } from '../../protocol/state.ts'
import { Icon, StateIcon, toolIcon } from '../icons.tsx'
import { usePanel } from '../panel.ts'
import { elapsed } from '../score/timeline.ts'
import { look } from '../words/callWords.ts'
import { span } from '../words/spans.ts'
import { visible } from '../words/visible.ts'
import { StateCell } from './StateCell.tsx'

const IN_CODE_FONT = new Set(['terminal'])

export function Row({ call, open }: { call: CallState; open: boolean }): JSX.Element {
  const { cards, follow } = usePanel()
  const summary = visible(call.summary)
  const title = `${call.name}: ${summary}`
  const toggle = (): void => {
    follow.hold()
    cards.choose(call.id, !open)
  }
  return (
    <div class="row">
      <button
        class="open"
        type="button"
        tabIndex={-1}
        aria-expanded={open}
        aria-controls={`${call.id}-body`}
        title={title}
        onClick={toggle}
      >
        <Icon name={toolIcon(call.name)} class="kind" />
        <Icon name="chevron" class="twist" />
        <span class="tool">{call.name}</span>
        <span class={`what ${IN_CODE_FONT.has(call.name) ? 'mono' : ''}`}>{summary}</span>
      </button>
      {!open && <Peek call={call} />}
      <StateCell call={call} />
      <Elapsed call={call} />
      <Glyph call={call} />
    </div>
  )
}

/** Shows the diff or the output of a closed row; an open one has the same in its body. */
function Peek({ call }: { call: CallState }): JSX.Element | null {
  const { store, post } = usePanel()
  const change = (call.changes ?? call.approval?.previews)?.[0]
  const { id: callId } = call
  if (change !== undefined) {
    return (
      <PeekButton label="Show diff" icon="diff" onClick={() => post({ type: 'showDiff', callId, path: change.path })} />
    )
  }
  if ((store.output(callId)?.value.text ?? '') === '') return null
  return <PeekButton label="Show output" icon="output" onClick={() => post({ type: 'showOutput', callId })} />
}

interface PeekProps {
  label: string
  icon: 'diff' | 'output'
  onClick: () => void
}

function PeekButton({ label, icon, onClick }: PeekProps): JSX.Element {
  return (
    <button class="peek" type="button" tabIndex={-1} aria-label={label} title={label} onClick={onClick}>
      <Icon name={icon} />
    </button>
  )
}

function Elapsed({ call }: { call: CallState }): JSX.Element {
  const { clock } = usePanel()
  const live = call.endedAt === undefined
  if (live) void clock.second.value
  const ms = elapsed(call, clock.now())
  return <span class="time">{ms === undefined ? '' : span(ms, live)}</span>
}

const STOPPABLE = new Set(['queued', 'waiting', 'running'])

function Glyph({ call }: { call: CallState }): JSX.Element {
  const { post } = usePanel()
  const kind = look(call)
  if (!STOPPABLE.has(call.status)) {
    return (
      <span class={`glyph ${kind}`} aria-hidden="true">
        <StateIcon kind={kind} />
      </span>
    )
  }
  return (
    <button
      class={`glyph ${kind}`}
      type="button"
      tabIndex={-1}
      aria-label="Stop this call"
      title="Stop this call"
      onClick={() => post({ type: 'stopCall', callId: call.id })}
    >
      <StateIcon kind={kind} stop />
    </button>
  )
}
