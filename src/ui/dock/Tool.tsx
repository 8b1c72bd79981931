import type { ComponentChildren, JSX } from 'preact'

interface ToolProps {
  /** What it does, to what. */
  label: string
  title: string
  onClick: () => void
  /** Its icon. */
  children: ComponentChildren
}

/** A small button of a line in the dock. */
export function Tool({ label, title, onClick, children }: ToolProps): JSX.Element {
  return (
    <button class="tool-btn" type="button" aria-label={label} title={title} onClick={onClick}>
      {children}
    </button>
  )
}
