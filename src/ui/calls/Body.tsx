import type { JSX } from 'preact'
import type { FileChange } from '../../protocol/events.ts'
import { mediaOf } from '../../protocol/media.ts'
import { hasEnded, type CallState } from '../../protocol/state.ts'
import { usePanel } from '../panel.ts'
import { plural } from '../words/spans.ts'
import { Approval } from './Approval.tsx'
import { Code, Command } from './Code.tsx'
import { Change } from './Diff.tsx'
import { textOf } from './input.ts'
import { Media } from './Media.tsx'
import { Nest } from './Nest.tsx'
import { OutputTail, ResultText } from './OutputTail.tsx'
import { Question } from './Question.tsx'

/** What an open row shows below its line. */
export function Body({ call, open }: { call: CallState; open: boolean }): JSX.Element {
  const { cards } = usePanel()
  const touch = (): void => cards.touch(call.id)
  return (
    <div class="body" id={`${call.id}-body`} hidden={!open} onPointerDown={touch} onWheel={touch}>
      {open && <Content call={call} />}
      <Nest id={call.id} />
      {open && <After call={call} />}
    </div>
  )
}

function Content({ call }: { call: CallState }): JSX.Element | null {
  if (call.question !== undefined) return <Question callId={call.id} question={call.question} />
  if (call.approval !== undefined) return <Approval callId={call.id} request={call.approval} />
  const note = noteOf(call)
  return (
    <>
      <Asked call={call} />
      {note !== undefined && <p class="note">{note}</p>}
      {call.extraBytes !== undefined && (
        <p class="note">{plural(call.extraBytes, 'byte')} that came after this had begun were ignored.</p>
      )}
      <Media call={call} />
      {shownChanges(call).map((change) => (
        <Change key={change.path} callId={call.id} change={change} named={(call.changes?.length ?? 0) > 1} />
      ))}
    </>
  )
}

/** Of what is seen or heard there is no diff. */
function shownChanges({ name, changes = [] }: CallState): readonly FileChange[] {
  return mediaOf(name) === undefined ? changes : []
}

/** What was asked for, where the row cannot say it all. */
function Asked({ call }: { call: CallState }): JSX.Element | null {
  const command = textOf(call.input, 'command')
  if (call.name === 'terminal' && command !== undefined) return <Command text={command} />
  const code = textOf(call.input, 'code')
  return call.name === 'execute_code' && code !== undefined ? (
    <Code text={code} language={textOf(call.input, 'language') ?? ''} />
  ) : null
}

function noteOf(call: CallState): string | undefined {
  const { waitingFor, status } = call
  if (status === 'deferred') return 'You steered before this began. The model may ask for it again.'
  if (status === 'backgrounded' && call.reason === 'steer') return 'You steered while this ran. It goes on as it was.'
  if (status === 'cancelled' && call.reason === 'steer') return 'Returned what it had when you steered.'
  if (status === 'proposed' || status === 'queued') return 'Starts as soon as it may.'
  if (waitingFor?.kind === 'hazard') {
    return `Runs when ${waitingFor.name} ${waitingFor.summary} has ended, so that it sees what that did.`
  }
  if (waitingFor?.kind === 'lock')
    return `${waitingFor.resource} is being changed. This runs on the text that is left then.`
  if (waitingFor?.kind === 'kernel') return 'Runs when there is a kernel for it.'
  return undefined
}

/** Of an error that a script did not catch, only the result tells. */
function raised({ name, exitCode }: CallState): boolean {
  return name === 'execute_code' && exitCode !== undefined
}

function After({ call }: { call: CallState }): JSX.Element | null {
  const { store } = usePanel()
  const hasOutput = (store.output(call.id)?.value.text ?? '') !== ''
  if (hasOutput) {
    return (
      <>
        <OutputTail call={call} />
        {(call.status === 'failed' || raised(call)) && <ResultText call={call} />}
      </>
    )
  }
  if (!hasEnded(call)) return call.status === 'running' ? <p class="note">No output so far.</p> : null
  if (call.status === 'deferred' || (call.status === 'completed' && shownChanges(call).length > 0)) return null
  return <ResultText call={call} />
}
