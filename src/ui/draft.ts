import { signal, type ReadonlySignal } from '@preact/signals'
import type { Host } from './host.ts'

/** What the user has typed and not sent: it survives stop, reload and a change of session. */
export class Draft {
  readonly #host: Host
  readonly #text

  constructor(host: Host) {
    this.#host = host
    this.#text = signal(host.kept().draft ?? '')
  }

  get text(): ReadonlySignal<string> {
    return this.#text
  }

  set(text: string): void {
    this.#text.value = text
    this.#host.keep({ ...this.#host.kept(), draft: text })
  }

  /** Puts text before what is there already: nothing that was typed is lost. */
  prepend(text: string): void {
    const rest = this.#text.peek().trim()
    this.set(rest === '' || rest === text ? text : `${text}\n\n${rest}`)
  }
}
