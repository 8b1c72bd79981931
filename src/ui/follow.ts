import { signal, type ReadonlySignal } from '@preact/signals'

/** How near to the end counts as at the end, in px. */
const NEAR = 24

/** Keeps the transcript at its end while the user is there. */
export class Follow {
  readonly #below = signal(false)
  #log: HTMLElement | undefined
  #following = true
  #held = false
  #height = 0

  /** Whether something new stands below what is in view. */
  get below(): ReadonlySignal<boolean> {
    return this.#below
  }

  /** @param content what grows inside the scrolling log */
  attach(log: HTMLElement, content: HTMLElement): () => void {
    this.#log = log
    const resized = new ResizeObserver(() => this.#resized())
    resized.observe(log)
    resized.observe(content)
    const scrolled = (): void => this.#settle()
    log.addEventListener('scroll', scrolled, { passive: true })
    return () => {
      resized.disconnect()
      log.removeEventListener('scroll', scrolled)
    }
  }

  toEnd(): void {
    this.#following = true
    this.#below.value = false
    if (this.#log !== undefined) this.#log.scrollTop = this.#log.scrollHeight
  }

  /** The change of size that comes now is the user's own: what is in view stays where it is. */
  hold(): void {
    this.#held = true
    requestAnimationFrame(() => requestAnimationFrame(() => (this.#held = false)))
  }

  #resized(): void {
    const log = this.#log
    if (log === undefined) return
    const grew = log.scrollHeight > this.#height
    this.#height = log.scrollHeight
    if (this.#held) {
      this.#held = false
      this.#settle()
    } else if (this.#following) log.scrollTop = log.scrollHeight
    else if (grew) this.#below.value = true
  }

  #settle(): void {
    const log = this.#log
    if (log === undefined) return
    this.#following = log.scrollHeight - log.scrollTop - log.clientHeight <= NEAR
    if (this.#following) this.#below.value = false
  }
}
