import type { JSX } from 'preact'
import { useEffect, useLayoutEffect, useRef, useState } from 'preact/hooks'
import { usePanel } from '../panel.ts'
import { BlockStream, render } from './markdown.ts'

/** How often the open block is parsed, in ms. */
const EVERY = 50

/** The assistant's words. While they stream only the last block is parsed again. */
export function Prose({ text, streaming }: { text: string; streaming: boolean }): JSX.Element | null {
  const { announcer } = usePanel()
  const [stream] = useState(() => new BlockStream())
  const shown = useThrottled(text, streaming)
  const { closed, open } = stream.update(shown)
  const said = useRef<number | undefined>(undefined)
  useEffect(() => {
    const done = streaming ? closed : [...closed, open]
    // What was there when the panel came is not news.
    const from = said.current ?? done.length
    for (const block of done.slice(from)) announcer.say({ kind: 'polite', text: spoken(block) })
    said.current = done.length
  }, [closed.length, streaming])
  if (shown.trim() === '') return null
  return (
    <div class={`prose ${streaming ? 'caret' : ''}`}>
      {closed.map((block, i) => (
        <Block key={i} source={block} streaming={false} />
      ))}
      <Block key={closed.length} source={open} streaming={streaming} />
    </div>
  )
}

function spoken(block: string): string {
  return render(block, true).textContent?.trim() ?? ''
}

function Block({ source, streaming }: { source: string; streaming: boolean }): JSX.Element {
  const box = useRef<HTMLDivElement>(null)
  useLayoutEffect(() => {
    box.current?.replaceChildren(render(source, streaming))
  }, [source, streaming])
  return <div class="block" ref={box} />
}

/** The latest text, at most once in 50 ms while it streams. */
function useThrottled(text: string, streaming: boolean): string {
  const [shown, setShown] = useState(text)
  const latest = useRef(text)
  const timer = useRef<ReturnType<typeof setTimeout> | undefined>(undefined)
  latest.current = text
  useEffect(() => {
    if (shown === latest.current) return
    timer.current ??= setTimeout(() => {
      timer.current = undefined
      setShown(latest.current)
    }, EVERY)
  }, [text])
  useEffect(() => () => clearTimeout(timer.current), [])
  return streaming ? shown : text
}
