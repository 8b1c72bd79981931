import { useSignal } from '@preact/signals'
import type { JSX } from 'preact'
import { usePanel } from '../panel.ts'
import { Background } from './Background.tsx'
import { Composer } from './Composer.tsx'
import { Queue } from './Queue.tsx'
import { Remembered } from './Remembered.tsx'
import { Status } from './Status.tsx'

export function Dock(): JSX.Element {
  const { follow } = usePanel()
  const listed = useSignal(false)
  const answers = useSignal(false)
  return (
    <div id="dock">
      {follow.below.value && (
        <button class="btn below" type="button" onClick={() => follow.toEnd()}>
          New below
        </button>
      )}
      <div class="col">
        <Status listed={listed} />
        <Background listed={listed} />
        <Queue />
        <Remembered listed={answers} />
        <Composer answers={answers} />
      </div>
    </div>
  )
}
