import { useComputed } from '@preact/signals'
import type { JSX } from 'preact'
import { unsavedWords } from '../calls/Diff.tsx'
import { PlusMinus } from '../calls/StateCell.tsx'
import { usePanel } from '../panel.ts'
import { plural } from '../words/spans.ts'
import { visible } from '../words/visible.ts'
import { changedFiles, type ChangedFile } from './changedFiles.ts'
import { type ReviewState, reviewState } from './reviewState.ts'
import { FileVerdicts, TurnVerdicts } from './Verdicts.tsx'

/** The files that a turn changed. */
export function Files({ turnId }: { turnId: string }): JSX.Element | null {
  const { store } = usePanel()
  const calls = useComputed(() => store.session.value.calls.filter((call) => call.turnId === turnId))
  const files = changedFiles(calls.value)
  if (files.length === 0) return null
  const sum = (key: 'added' | 'removed'): number => files.reduce((total, file) => total + file[key], 0)
  return (
    <section class="files" aria-label="Changed files">
      <header>
        <h3>{plural(files.length, 'file')} changed</h3>
        <span class="num mono">
          <PlusMinus added={sum('added')} removed={sum('removed')} />
        </span>
      </header>
      <div role="list">
        {files.map((file) => (
          <FileRow key={file.path} turnId={turnId} file={file} />
        ))}
      </div>
      <div class="acts">
        <TurnVerdicts turnId={turnId} />
      </div>
    </section>
  )
}

const BADGES = {
  modified: ['M', 'Modified'],
  added: ['A', 'Added'],
  deleted: ['D', 'Deleted'],
  moved: ['R', 'Renamed'],
} as const

function FileRow({ turnId, file }: { turnId: string; file: ChangedFile }): JSX.Element {
  const { store } = usePanel()
  const review = store.turn(turnId)?.value.reviews?.find(({ path }) => path === file.path)
  return (
    <div role="listitem">
      <FileLine turnId={turnId} file={file} state={reviewState(review)} />
      {review?.conflict !== undefined && <p class="note conflict">{visible(review.conflict)}</p>}
    </div>
  )
}

function FileLine({ turnId, file, state }: { turnId: string; file: ChangedFile; state: ReviewState }): JSX.Element {
  const { post } = usePanel()
  const [letter, word] = BADGES[file.kind]
  const slash = file.path.lastIndexOf('/') + 1
  const unsaved = !file.saved && file.kind !== 'deleted'
  const facts = [unsaved && unsavedWords(file.unsavedReason), state.words].filter(Boolean).join(' · ')
  const short = [unsaved && 'unsaved', state.short].filter(Boolean).join(' · ')
  return (
    <div class={`file ${state.done ? 'reviewed' : ''}`} title={file.path}>
      <span class={`badge ${letter}`} title={file.from === undefined ? word : `${word} from ${visible(file.from)}`}>
        {letter}
      </span>
      <span class="path">
        <span class="dir">{file.path.slice(0, slash)}</span>
        {file.path.slice(slash)}
      </span>
      <span class="told" title={facts}>
        <span class="m">{facts}</span>
        <span class="s">{short}</span>
      </span>
      <span class="mid" />
      <span class="counts">
        <span class="num mono">
          <PlusMinus added={file.added} removed={file.removed} />
        </span>
        {!state.done && <FileVerdicts turnId={turnId} path={file.path} />}
      </span>
      <button
        class="link"
        type="button"
        aria-label={`Show diff of ${file.path}`}
        onClick={() => post({ type: 'showTurnDiff', turnId, path: file.path })}
      >
        Show diff
      </button>
    </div>
  )
}
