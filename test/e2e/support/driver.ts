import type * as vscode from 'vscode'
import type { Socket } from 'node:net'
import { listen } from '../../support/vscode/channel.ts'

export interface Driver extends AsyncDisposable {
  port: number
  /** The extension host's process, once one has called. */
  pid(): number | undefined
  /** Settles when an extension host is there. */
  ready(): Promise<void>
  /** Settles when the next extension host is there: after a reload of the window, begun after this call. */
  restarted(): Promise<void>
  /**
   * Runs a function in the extension host. Only its source goes there: it sees nothing around it but its argument,
   * which is plain JSON, as is what it returns.
   */
  evaluate<A, R>(run: (api: typeof vscode, argument: A) => R | Thenable<R>, argument: A): Promise<R>
}

interface Message {
  ready?: true
  pid?: number
  id?: number
  value?: unknown
  error?: string
}

export async function startDriver(): Promise<Driver> {
  const pending = new Map<number, { resolve: (value: unknown) => void; reject: (error: Error) => void }>()
  let current = Promise.withResolvers<Socket>()
  let next = Promise.withResolvers<void>()
  let pid: number | undefined
  let lastId = 0
  const channel = await listen((raw, socket) => {
    const message = raw as Message
    if (message.ready) {
      current.resolve(socket)
      current = Promise.withResolvers()
      current.resolve(socket)
      pid = message.pid
      next.resolve()
      next = Promise.withResolvers()
      return
    }
    const asked = pending.get(message.id ?? -1)
    pending.delete(message.id ?? -1)
    if (message.error === undefined) asked?.resolve(message.value)
    else asked?.reject(new Error(message.error))
  })
  return {
    port: channel.port,
    pid: () => pid,
    ready: async () => void (await current.promise),
    restarted: () => next.promise,
    evaluate: async <A, R>(run: (api: typeof vscode, argument: A) => R | Thenable<R>, argument: A) => {
      const socket = await current.promise
      const id = ++lastId
      const answer = Promise.withResolvers<unknown>()
      pending.set(id, answer)
      socket.write(`${JSON.stringify({ id, source: run.toString(), argument })}\n`)
      return (await answer.promise) as R
    },
    [Symbol.asyncDispose]: () => channel[Symbol.asyncDispose](),
  }
}
