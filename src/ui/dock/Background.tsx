import { useComputed, type Signal } from '@preact/signals'
import type { JSX } from 'preact'
import { useEffect } from 'preact/hooks'
import { goingOn, type ProcessState } from '../../protocol/processState.ts'
import { useFocusKeeper } from '../focusKeeper.ts'
import { Icon, StopIcon } from '../icons.tsx'
import { usePanel } from '../panel.ts'
import { span } from '../words/spans.ts'
import { plainLine, visible } from '../words/visible.ts'
import { Tool } from './Tool.tsx'

/** What goes on in the background, whichever turn began it. */
export function Background({ listed }: { listed: Signal<boolean> }): JSX.Element | null {
  const { store } = usePanel()
  const running = useComputed(() => goingOn(store.session.value.processes)).value
  const none = running.length === 0
  useEffect(() => {
    // The next one does not open the list by itself.
    if (none) listed.value = false
  }, [none])
  if (none || !listed.value) return null
  return (
    <div class="queue background" id="background" role="list" aria-label="In the background">
      {running.map((process) => (
        <Process key={`${process.id} ${process.startedAt}`} process={process} />
      ))}
    </div>
  )
}

function Process({ process }: { process: ProcessState }): JSX.Element {
  const { post } = usePanel()
  const row = useFocusKeeper<HTMLDivElement>()
  const { id: processId, kind, detached, tail } = process
  const title = visible(process.title)
  const words = detached ? `left behind by ${title}` : title
  return (
    <div role="listitem" class="going" ref={row}>
      <div class="later">
        <Icon name={kind === 'script' ? 'execute_code' : 'process'} />
        <span class="name">{processId}</span>
        <span class="what mono" title={words}>
          {words}
        </span>
        <Elapsed since={process.startedAt} />
        <Tool
          label={`Show output of ${processId}`}
          title="Show output"
          onClick={() => post({ type: 'showProcess', processId })}
        >
          <Icon name="output" />
        </Tool>
        <Tool
          label={`Open ${processId} in a terminal`}
          title="Open in terminal"
          onClick={() => post({ type: 'openTerminal', processId })}
        >
          <Icon name="terminal" />
        </Tool>
        <Tool label={`Stop ${processId}`} title="Stop" onClick={() => post({ type: 'stopProcess', processId })}>
          <StopIcon />
        </Tool>
      </div>
      {tail !== '' && <pre class="tail mono">{tail.split('\n').map(plainLine).join('\n')}</pre>}
    </div>
  )
}

function Elapsed({ since }: { since: number }): JSX.Element {
  const { clock } = usePanel()
  void clock.second.value
  return <span class="num muted">{span(clock.now() - since, true)}</span>
}
