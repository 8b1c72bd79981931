import { useComputed } from '@preact/signals'
import type { JSX } from 'preact'
import { usePanel } from '../panel.ts'
import { amount } from '../words/spans.ts'

/** From this part on the meter says in words how full the model's context is. */
const NEAR = 0.7

/** How full the model's context is; nothing before the first request. */
export function ContextMeter(): JSX.Element | null {
  const { store } = usePanel()
  const context = useComputed(() => store.session.value.context).value
  if (context === undefined) return null
  const { tokens, limit, assumed = false } = context
  const part = Math.min(1, tokens / limit)
  const percent = `${Math.round(part * 100)} %`
  const words = `${amount(tokens)} of ${amount(limit)} tokens${assumed ? ', the limit a guess' : ''}`
  return (
    <span
      class={`meter ${part >= NEAR ? 'near' : ''}`}
      role="meter"
      aria-label="Context"
      aria-valuemin={0}
      aria-valuemax={limit}
      aria-valuenow={Math.min(tokens, limit)}
      aria-valuetext={words}
      title={`Context: ${words}. It is summarised before it is full.`}
    >
      {part >= NEAR && <span>{percent}</span>}
      <span class="track" aria-hidden="true">
        <span style={{ '--part': part }} />
      </span>
    </span>
  )
}
