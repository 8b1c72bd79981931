import type { JSX } from 'preact'
import { Icon, StopIcon } from '../icons.tsx'
import { usePanel } from '../panel.ts'
import { submit } from './submit.ts'

interface Props {
  running: boolean
  /** Whether there is something to send. */
  typed: boolean
}

/** The composer's buttons: Send; or Stop, and with text Queue and Steer, while a turn runs. */
export function Buttons({ running, typed }: Props): JSX.Element {
  if (!running) return <Send typed={typed} />
  return (
    <>
      <Stop typed={typed} />
      {typed && <SteerOrQueue />}
    </>
  )
}

function Send({ typed }: { typed: boolean }): JSX.Element {
  const panel = usePanel()
  return (
    <button
      class={`btn send ${typed ? 'main' : ''}`}
      type="button"
      aria-label="Send"
      aria-disabled={typed ? undefined : 'true'}
      title="Send (Enter)"
      onClick={() => submit(panel, 'steer')}
    >
      <Icon name="send" />
    </button>
  )
}

function Stop({ typed }: { typed: boolean }): JSX.Element {
  const panel = usePanel()
  return (
    <button class="btn" type="button" aria-label="Stop" title="Stop (Escape)" onClick={panel.stop}>
      <StopIcon />
      {!typed && (
        <>
          Stop<kbd>Esc</kbd>
        </>
      )}
    </button>
  )
}

function SteerOrQueue(): JSX.Element {
  const panel = usePanel()
  return (
    <>
      <button
        class="btn"
        type="button"
        aria-label="Queue"
        title="Queue (Alt+Enter)"
        onClick={() => submit(panel, 'queue')}
      >
        <Icon name="queue" />
        Queue<kbd class="opt">Alt+Enter</kbd>
      </button>
      <button
        class="btn main"
        type="button"
        aria-label="Steer"
        title="Steer (Enter)"
        onClick={() => submit(panel, 'steer')}
      >
        <Icon name="steer" />
        Steer<kbd class="opt">Enter</kbd>
      </button>
    </>
  )
}
