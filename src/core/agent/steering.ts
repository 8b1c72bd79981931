/** Messages that the user wrote for the running turn, on their way to its next request. */
export class Steering {
  #messages: string[] = []
  #listener: (() => void) | undefined

  get size(): number {
    return this.#messages.length
  }

  /** A message to the scheduler, not a cancellation of the turn. */
  add(messageId: string): void {
    this.#messages.push(messageId)
    this.#listener?.()
  }

  /** False when it is on its way no more. */
  remove(messageId: string): boolean {
    const before = this.#messages.length
    this.#messages = this.#messages.filter((id) => id !== messageId)
    return this.#messages.length < before
  }

  /** All that wait, in order: they are the taker's to deliver. */
  take(): string[] {
    const messages = this.#messages
    this.#messages = []
    return messages
  }

  /** Tells the step that runs; at once when a message waits already. */
  onSteer(listener: () => void): { dispose(): void } {
    this.#listener = listener
    if (this.#messages.length > 0) listener()
    return {
      dispose: () => {
        if (this.#listener === listener) this.#listener = undefined
      },
    }
  }
}
