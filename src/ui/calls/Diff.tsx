import type { JSX } from 'preact'
import type { DiffLine, FileChange } from '../../protocol/events.ts'
import { usePanel } from '../panel.ts'
import { plural } from '../words/spans.ts'
import { visible } from '../words/visible.ts'

interface Props {
  callId: string
  change: FileChange
  /** Whether the file's path stands above, since there are several. */
  named: boolean
  /** A change that is only proposed: it is neither saved nor unsaved. */
  pending?: boolean
}

/** What a call did to one file, or would do. */
export function Change({ callId, change, named, pending = false }: Props): JSX.Element {
  const { post } = usePanel()
  const facts = [change.omitted > 0 && plural(change.omitted, 'more line'), !pending && savedWords(change)]
  return (
    <>
      {named && <p class="note">{change.path}</p>}
      {change.diff.length > 0 && <Diff lines={change.diff} />}
      <div class="acts">
        <button class="link" type="button" onClick={() => post({ type: 'showDiff', callId, path: change.path })}>
          Show diff
        </button>
        <span class="note">{facts.filter(Boolean).join(' · ')}</span>
      </div>
    </>
  )
}

function savedWords({ saved, unsavedReason, kind }: FileChange): string {
  if (kind === 'deleted') return 'deleted'
  return saved ? 'saved' : unsavedWords(unsavedReason)
}

export function unsavedWords(reason: string | undefined): string {
  return reason === undefined ? 'unsaved' : `unsaved: ${reason}`
}

const SIGNS: Record<DiffLine['kind'], { sign: string; class: string; said: string }> = {
  added: { sign: '+', class: 'i', said: 'added: ' },
  removed: { sign: '−', class: 'd', said: 'removed: ' },
  context: { sign: ' ', class: '', said: '' },
}

function Diff({ lines }: { lines: readonly DiffLine[] }): JSX.Element {
  return (
    <pre class="out diff" tabIndex={-1}>
      {lines.map(({ kind, line, text }, i) => (
        <span key={i} class={SIGNS[kind].class} data-n={line}>
          {SIGNS[kind].sign} {visible(text)}
        </span>
      ))}
    </pre>
  )
}
