import { useComputed, type Signal } from '@preact/signals'
import type { JSX } from 'preact'
import { useEffect } from 'preact/hooks'
import type { RememberedAnswer } from '../../protocol/events.ts'
import { useFocusKeeper } from '../focusKeeper.ts'
import { Icon, toolIcon } from '../icons.tsx'
import { usePanel } from '../panel.ts'
import { plural } from '../words/spans.ts'
import { plainLine } from '../words/visible.ts'
import { Tool } from './Tool.tsx'

const NONE: RememberedAnswer[] = []

/** What runs without a question because the user said so. */
export function Remembered({ listed }: { listed: Signal<boolean> }): JSX.Element | null {
  const { store } = usePanel()
  const answers = useComputed(() => store.environment.value?.remembered ?? NONE).value
  const none = answers.length === 0
  useEffect(() => {
    // The next one does not open the list by itself.
    if (none) listed.value = false
  }, [none])
  if (none || !listed.value) return null
  return (
    <div class="queue background" id="remembered">
      <h3>Allowed without a question</h3>
      <div role="list" aria-label="Allowed without a question">
        {answers.map((answer) => (
          <Answer key={`${answer.scope} ${answer.fingerprint}`} answer={answer} />
        ))}
      </div>
    </div>
  )
}

function Answer({ answer }: { answer: RememberedAnswer }): JSX.Element {
  const { post } = usePanel()
  const row = useFocusKeeper<HTMLDivElement>()
  const { fingerprint, tool, where, host, scope } = answer
  const action = plainLine((host === undefined ? answer.action : `pages of ${host}`).replaceAll('\n', ' '))
  const whole = where === undefined ? action : `${action} in ${where}`
  return (
    <div role="listitem" class="later" ref={row}>
      <Icon name={toolIcon(tool)} />
      <span class="name">{tool}</span>
      <span class="what mono" title={whole}>
        {whole}
      </span>
      <span class="num muted">{scope}</span>
      <Tool label={`Take back: ${whole}`} title="Ask again" onClick={() => post({ type: 'revoke', fingerprint })}>
        <Icon name="close" />
      </Tool>
    </div>
  )
}

/** Shows and hides the list. */
export function RememberedChip({ listed }: { listed: Signal<boolean> }): JSX.Element | null {
  const { store } = usePanel()
  const count = useComputed(() => store.environment.value?.remembered?.length ?? 0).value
  if (count === 0) return null
  const words = `${plural(count, 'answer')} remembered`
  return (
    <button
      class="chip"
      type="button"
      aria-expanded={listed.value}
      aria-controls="remembered"
      aria-label={words}
      title={words}
      onClick={() => (listed.value = !listed.value)}
    >
      <Icon name="check" />
      <span class="num">{count}</span>
    </button>
  )
}
