import type { JSX } from 'preact'
import type { CallState } from '../../protocol/state.ts'
import { usePanel } from '../panel.ts'
import { lastLines } from '../text/lastLines.ts'
import { resultBody } from '../words/callWords.ts'
import { plural } from '../words/spans.ts'
import { plainLine } from '../words/visible.ts'
import { textOf } from './input.ts'

/** Lines of an output in its card. */
const MOST_LINES = 6
/** Lines of a result that has no live output. */
const RESULT_LINES = 12

/** The last lines of what a call wrote. */
export function OutputTail({ call }: { call: CallState }): JSX.Element {
  const { store, post } = usePanel()
  const output = store.output(call.id)?.value
  const { lines, above } = lastLines(output?.text ?? '', MOST_LINES)
  const hidden = above + (output?.dropped ?? 0)
  return (
    <>
      {hidden > 0 && <p class="note">{plural(hidden, 'line')} above</p>}
      <pre class="out" tabIndex={-1}>
        {lines.map(plainLine).join('\n')}
      </pre>
      <div class="acts">
        <button class="link" type="button" onClick={() => post({ type: 'showOutput', callId: call.id })}>
          Show output
        </button>
      </div>
    </>
  )
}

/** The beginning of a result, as the model sees it. */
export function ResultText({ call }: { call: CallState }): JSX.Element | null {
  const { post } = usePanel()
  const text = call.status === 'failed' ? (call.result ?? '') : resultBody(call)
  if (text.trim() === '') return null
  const lines = text.trimEnd().split('\n')
  const more = lines.length - RESULT_LINES
  const path = call.name === 'read_file' ? textOf(call.input, 'path') : undefined
  return (
    <>
      <pre class="out wrap" tabIndex={-1}>
        {lines.slice(0, RESULT_LINES).map(plainLine).join('\n')}
      </pre>
      {(more > 0 || path !== undefined) && (
        <div class="acts">
          {path !== undefined && (
            <button class="link" type="button" onClick={() => post({ type: 'openFile', path })}>
              Open file
            </button>
          )}
          {more > 0 && (
            <button class="link" type="button" onClick={() => post({ type: 'showOutput', callId: call.id })}>
              Show output
            </button>
          )}
          {more > 0 && <span class="note">{plural(more, 'more line')}</span>}
        </div>
      )}
    </>
  )
}
