import type { JSX } from 'preact'
import { useEffect } from 'preact/hooks'
import { mediaOf } from '../../protocol/media.ts'
import type { CallState } from '../../protocol/state.ts'
import { usePanel } from '../panel.ts'
import { visible } from '../words/visible.ts'
import { textOf } from './input.ts'

/** What a call made to be seen or heard. The host says where it is, as long as it is in the workspace. */
export function Media({ call }: { call: CallState }): JSX.Element | null {
  const { media, post } = usePanel()
  const kind = mediaOf(call.name)
  const isMade = kind !== undefined && call.status === 'completed' && (call.changes?.length ?? 0) > 0
  const { id: callId } = call
  useEffect(() => {
    if (isMade) post({ type: 'showMedia', callId })
  }, [isMade, callId])
  const src = media.value.get(callId)
  if (!isMade || src === undefined) return null
  const words = visible(textOf(call.input, 'prompt') ?? textOf(call.input, 'text') ?? '')
  if (kind === 'image') return <img class="media" src={src} alt={words} />
  return <audio class="media" src={src} controls preload="metadata" aria-label={words} />
}
