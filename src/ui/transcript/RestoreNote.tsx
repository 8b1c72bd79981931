import { useComputed } from '@preact/signals'
import type { JSX } from 'preact'
import type { RestoreState } from '../../protocol/restores.ts'
import { focusComposer } from '../keyboard.ts'
import { Icon } from '../icons.tsx'
import { usePanel } from '../panel.ts'
import { restoreSums, restoreTitle } from '../words/restoreWords.ts'
import { visible } from '../words/visible.ts'

/** Where the user went back, after this turn; at the beginning when there is none. */
export function RestoreNotes({ after }: { after: string | undefined }): JSX.Element | null {
  const { store } = usePanel()
  const restores = useComputed(() => store.session.value.restores ?? []).value
  const here = restores.filter((restore) => restore.after === after)
  if (here.length === 0) return null
  return (
    <div class="col restores">
      {here.map((restore) => (
        <RestoreNote key={restore.id} restore={restore} />
      ))}
    </div>
  )
}

/** What was restored, what was merged, what was left alone and why. */
function RestoreNote({ restore }: { restore: RestoreState }): JSX.Element {
  const { post } = usePanel()
  const { id, files, undoes, undone, removed } = restore
  const title = restoreTitle(restore)
  // What was taken away from the conversation can come back only until it goes on.
  const isUndoable = undoes === undefined && undone !== true && (files !== undefined || removed !== undefined)
  const undo = (): void => {
    post({ type: 'undoRestore', restoreId: id })
    focusComposer()
  }
  return (
    <section class="notice restored" aria-label={title}>
      <Icon name="restore" />
      <div>
        <span>
          <b>{title}</b>
          {undone === true && <span class="dim"> · undone</span>}
        </span>
        {files !== undefined && <span class="dim">{restoreSums(restore).join(' · ')}</span>}
        {files !== undefined && <RestoredFiles files={files} />}
        {isUndoable && (
          <div class="acts">
            <button class="link" type="button" onClick={undo}>
              Undo restore
            </button>
          </div>
        )}
      </div>
    </section>
  )
}

function RestoredFiles({ files }: { files: NonNullable<RestoreState['files']> }): JSX.Element {
  const { restored, merged, left, gaps } = files
  return (
    <>
      {restored.length > 0 && <p class="note paths">{visible(restored.join(', '))}</p>}
      {merged.length > 0 && <p class="note paths">Merged with later changes: {visible(merged.join(', '))}</p>}
      {left.map(({ path, why }) => (
        <p key={path} class="note conflict">
          Left alone: {visible(path)}: {visible(why)}
        </p>
      ))}
      {gaps.map((gap) => (
        <p key={gap} class="note conflict">
          {visible(gap)}
        </p>
      ))}
    </>
  )
}
