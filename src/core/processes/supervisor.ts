import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { Socket } from 'node:net'
import type { Writable } from 'node:stream'
import { setTimeout as delay } from 'node:timers/promises'
import type { Log } from '../ports.ts'

/** How long the first command waits for it, in ms. */
const READY_MS = 2_000

/**
 * Waits, in a shell that costs little, and keeps a list of what runs. When its input ends without `done` it turns into
 * the program that ends what is left. It is not a child of this process and has a session of its own, so that what ends
 * this process's tree does not end it too.
 */
const waiting = `trap '' HUP INT TERM
{
  echo ready
  exec >&- </dev/null
  pids=
  while read -r word pid <&3; do
    case $word in
      done) exit ;;
      start) pids="$pids $pid" ;;
      end) kept=; for one in $pids; do [ "$one" = "$pid" ] || kept="$kept $one"; done; pids=$kept ;;
    esac
  done
  exec "$@" $pids
} 2>/dev/null &`

/** Ends what this process has started, and removes its folder of outputs, when this process dies without a word. */
export class Supervisor {
  readonly #program: string
  readonly #log: Log
  readonly #shell: string
  #input: Writable | undefined

  /** @param program the file of `endAll.ts` */
  constructor(program: string, log: Log, shell = '/bin/sh') {
    this.#program = program
    this.#log = log
    this.#shell = shell
  }

  /**
   * Settles when it watches, or cannot. Begins before the first process does: what is older than it is not looked at.
   * On Windows there is none.
   *
   * @param id of the mark that all has which is started
   * @param folder removed too
   */
  async start(id: string, folder: string): Promise<void> {
    if (process.platform === 'win32') return
    const args = ['-c', waiting, 'sh', process.execPath, this.#program, id, folder]
    const environment = { PATH: process.env['PATH'], ELECTRON_RUN_AS_NODE: '1' }
    // Its standard input would be closed with the shell, which ends at once.
    const stdio: ['ignore', 'pipe', 'ignore', 'pipe'] = ['ignore', 'pipe', 'ignore', 'pipe']
    const child = spawn(this.#shell, args, { detached: true, env: environment, stdio })
    child.unref()
    const input = child.stdio[3]
    if (!(input instanceof Socket) || child.stdout === null) throw new TypeError('a pipe is a socket')
    input.unref()
    // When it has gone, nothing can be told to it; the log has heard of it if it never was.
    input.on('error', () => undefined)
    this.#input = input
    try {
      const failed = once(child, 'error').then(([error]: unknown[]) => Promise.reject(error))
      const late = delay(READY_MS, undefined, { ref: false }).then(() =>
        Promise.reject(new Error('it does not answer')),
      )
      await Promise.race([once(child.stdout, 'data'), failed, late])
    } catch (error) {
      this.#log.error('What is started here would outlive a crash of VS Code: no supervisor', error)
    }
    child.stdout.destroy()
  }

  /** Says which process, the leader of its group, is there until `ended`. */
  watch(pid: number, ended: Promise<unknown>): void {
    this.#input?.write(`start ${pid}\n`)
    void ended.then(() => this.#input?.write(`end ${pid}\n`))
  }

  /** All has ended by itself: there is nothing left to do. */
  dispose(): void {
    this.#input?.end('done\n')
  }
}
