import type { RefObject } from 'preact'
import { useLayoutEffect, useRef } from 'preact/hooks'
import { focusComposer } from './keyboard.ts'

/** For what may leave the screen while it holds the focus: the composer takes the focus over then. */
export function useFocusKeeper<T extends HTMLElement>(): RefObject<T | null> {
  const ref = useRef<T>(null)
  useLayoutEffect(() => {
    const node = ref.current
    return () => {
      if (node?.contains(document.activeElement) === true) focusComposer()
    }
  }, [])
  return ref
}
