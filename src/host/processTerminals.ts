import * as vscode from 'vscode'
import type { BackgroundProcess } from '../core/processes/background.ts'
import { LiveOutput } from '../core/processes/liveOutput.ts'
import { LineInput } from './lineInput.ts'
import { plainLine } from './plainText.ts'

/** The terminals in which the user sees processes of the background: one for each, at most. */
export class ProcessTerminals {
  readonly #terminals = new Map<BackgroundProcess, vscode.Terminal>()
  readonly #closed = vscode.window.onDidCloseTerminal((closed) => {
    for (const [process, terminal] of this.#terminals) if (terminal === closed) this.#terminals.delete(process)
  })

  show(process: BackgroundProcess): void {
    let terminal = this.#terminals.get(process)
    if (terminal === undefined) {
      const name = `Stretto: ${plainLine(process.id)}`
      terminal = vscode.window.createTerminal({ name, pty: new ProcessTerminal(process), isTransient: true })
      this.#terminals.set(process, terminal)
    }
    terminal.show()
  }

  /** Closes them, and so ends what they show. */
  dispose(): void {
    this.#closed.dispose()
    for (const terminal of this.#terminals.values()) terminal.dispose()
  }
}

/** Shows what a process has written and writes, and takes lines for it. It ends with its terminal, or by Ctrl+C. */
class ProcessTerminal implements vscode.Pseudoterminal {
  readonly #process: BackgroundProcess
  readonly #written = new vscode.EventEmitter<string>()
  readonly #live = new LiveOutput((text) => this.#write(text))
  readonly #input: LineInput
  #listener: { dispose(): void } | undefined

  readonly onDidWrite = this.#written.event

  constructor(process: BackgroundProcess) {
    this.#process = process
    this.#input = new LineInput({
      echo: (text) => this.#written.fire(text),
      line: (text) => this.#line(text),
      interrupt: () => {
        this.#say('stopping')
        void process.work.stop()
      },
    })
  }

  open(): void {
    const { work } = this.#process
    this.#write(work.output.text())
    this.#listener = work.output.onAdded((text) => this.#live.add(text))
    void work.ended.then((how) => {
      this.#live.flush()
      this.#say(how)
    })
  }

  close(): void {
    this.#listener?.dispose()
    if (this.#process.end === undefined) void this.#process.work.stop()
    this.#written.dispose()
  }

  handleInput(data: string): void {
    if (this.#process.end === undefined) this.#input.add(data)
  }

  #line(text: string): void {
    const { work } = this.#process
    if (work.write === undefined) return this.#say('it takes no input; Ctrl+C ends it')
    const refused = work.write(text)
    if (refused !== undefined) this.#say(refused.message)
  }

  #say(words: string): void {
    this.#write(`\n[${words}]\n`)
  }

  #write(text: string): void {
    this.#written.fire(text.replaceAll('\n', '\r\n'))
  }
}
