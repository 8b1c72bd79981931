import type { SessionEvent } from '../../../src/protocol/events.ts'

/** A turn in plain text: the model's words as they come, and a line for each call when it ends. */
export class Transcript {
  readonly #print: (text: string) => void
  readonly #calls = new Map<string, string>()
  #midLine = false

  constructor(print: (text: string) => void) {
    this.#print = print
  }

  add(event: SessionEvent): void {
    if (event.type === 'turnStarted') this.#line(`> ${event.text}\n`)
    if (event.type === 'textAdded') this.#words(event.text)
    if (event.type === 'stepEnded') this.#freshLine()
    if (event.type === 'notice') this.#line(`[${event.level}] ${event.text}`)
    if (event.type === 'callProposed') this.#calls.set(event.callId, `${event.name}: ${event.summary}`)
    if (event.type === 'callRunning') this.#line(`  running    ${this.#nameOf(event.callId)}`)
    if (event.type === 'callEnded') {
      const fact = event.fact ?? event.reason
      this.#line(`  ${event.status.padEnd(10)} ${this.#nameOf(event.callId)}${fact ? ` (${fact})` : ''}`)
    }
  }

  end(result: { status: string; error?: { message: string } }): void {
    this.#line(`\nThe turn ${result.status === 'failed' ? 'failed' : `was ${result.status}`}.`)
    if (result.error) this.#line(result.error.message)
  }

  #nameOf(callId: string): string {
    return this.#calls.get(callId) ?? callId
  }

  #words(text: string): void {
    this.#print(text)
    this.#midLine = text === '' ? this.#midLine : !text.endsWith('\n')
  }

  #freshLine(): void {
    if (this.#midLine) this.#print('\n')
    this.#midLine = false
  }

  #line(text: string): void {
    this.#freshLine()
    this.#print(`${text}\n`)
  }
}
