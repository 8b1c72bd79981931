import type { JSX } from 'preact'
import { Dock } from './dock/Dock.tsx'
import { usePanel } from './panel.ts'
import { Transcript } from './transcript/Transcript.tsx'

export function App(): JSX.Element {
  return (
    <>
      <Transcript />
      <Dock />
      <LiveRegions />
    </>
  )
}

function LiveRegions(): JSX.Element {
  const { announcer } = usePanel()
  return (
    <>
      <div class="sr" aria-live="polite">
        {announcer.polite}
      </div>
      <div class="sr" aria-live="assertive">
        {announcer.assertive}
      </div>
    </>
  )
}
