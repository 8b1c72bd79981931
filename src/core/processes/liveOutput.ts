const SOON_MS = 30
const LATER_MS = 200
/** Output goes out often until this much has, in UTF-16 units: a journal is not the place for all of a flood. */
const OFTEN_UNTIL = 128 * 1024
/** The most that one batch brings. */
const BATCH = 8 * 1024

/** Batches a command's output for its card, and leaves out what nobody could read anyway. */
export class LiveOutput {
  readonly #send: (text: string) => void
  #pending = ''
  #skipped = false
  #sent = 0
  #timer: NodeJS.Timeout | undefined

  constructor(send: (text: string) => void) {
    this.#send = send
  }

  add(text: string): void {
    this.#pending += text
    if (this.#pending.length > 4 * BATCH) {
      this.#pending = this.#pending.slice(-BATCH)
      this.#skipped = true
    }
    if (this.#pending === '' || this.#timer !== undefined) return
    this.#timer = setTimeout(() => this.flush(), this.#sent < OFTEN_UNTIL ? SOON_MS : LATER_MS)
  }

  flush(): void {
    clearTimeout(this.#timer)
    this.#timer = undefined
    if (this.#pending === '') return
    const skipped = this.#skipped || this.#pending.length > BATCH
    const last = this.#pending.slice(-BATCH)
    const text = skipped ? `\n… output left out …\n${last.slice(last.indexOf('\n') + 1)}` : last
    this.#sent += text.length
    this.#pending = ''
    this.#skipped = false
    this.#send(text)
  }
}
