import { useSignal } from '@preact/signals'
import type { ComponentChildren, JSX } from 'preact'
import { useLayoutEffect, useRef } from 'preact/hooks'
import { render } from '../text/markdown.ts'
import { visible } from '../words/visible.ts'

/** A command or a script, whole: it breaks between its words only, never inside one that fits. */
export function Command({ text }: { text: string }): JSX.Element {
  return (
    <pre class="out cmd" tabIndex={-1}>
      {visible(text)
        .split('\n')
        .map((line, i) => (
          <div key={i}>{words(line)}</div>
        ))}
    </pre>
  )
}

function words(line: string): ComponentChildren {
  if (line === '') return <br />
  return line.split(/(\s+)/).map((word, i) => (word.trim() === '' ? word : <span key={i}>{word}</span>))
}

/** Lines of a script that stand in its card at first. */
const FIRST_LINES = 4

export function Code({ text, language }: { text: string; language: string }): JSX.Element {
  const all = useSignal(false)
  const box = useRef<HTMLDivElement>(null)
  const lines = text.trimEnd().split('\n')
  const shown = all.value ? lines : lines.slice(0, FIRST_LINES)
  useLayoutEffect(() => {
    const fence = '`'.repeat(Math.max(3, ...(text.match(/`+/g) ?? []).map((run) => run.length + 1)))
    box.current?.replaceChildren(render(`${fence}${language}\n${shown.join('\n')}\n${fence}`))
  }, [text, language, all.value])
  return (
    <>
      <div class="script" ref={box} />
      {lines.length > shown.length && (
        <div class="acts">
          <button class="link" type="button" onClick={() => (all.value = true)}>
            Show all {lines.length} lines
          </button>
        </div>
      )}
    </>
  )
}
