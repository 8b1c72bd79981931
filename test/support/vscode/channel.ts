/** Lines of JSON between a runner and the code it runs inside VS Code, whichever VS Code that is. */
import { connect, createServer, type Socket } from 'node:net'
import { createInterface } from 'node:readline'

/** The environment variable that tells the extension host where to call. */
export const CHANNEL_VARIABLE = 'STRETTO_TEST_CHANNEL'

export interface Listener extends AsyncDisposable {
  port: number
}

/** Hears every line that any connection sends. */
export async function listen(hear: (message: unknown, socket: Socket) => void): Promise<Listener> {
  const sockets = new Set<Socket>()
  const server = createServer((socket) => {
    sockets.add(socket)
    socket.once('close', () => sockets.delete(socket))
    socket.on('error', () => socket.destroy())
    createInterface(socket).on('line', (line) => hear(JSON.parse(line), socket))
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const address = server.address()
  if (typeof address !== 'object' || address === null) throw new Error('The channel has no port.')
  const dispose = () =>
    new Promise<void>((resolve) => {
      for (const socket of sockets) socket.destroy()
      server.close(() => resolve())
    })
  return { port: address.port, [Symbol.asyncDispose]: dispose }
}

export interface Caller {
  send(message: unknown): void
  /** Settles when all that was sent is on its way. */
  end(): Promise<void>
}

/** A connection to the runner that started this VS Code. */
export async function callRunner(): Promise<Caller> {
  const port = Number(process.env[CHANNEL_VARIABLE])
  if (!port) throw new Error(`${CHANNEL_VARIABLE} is not set: start this through its runner.`)
  const socket = connect(port, '127.0.0.1')
  await new Promise<void>((resolve, reject) => socket.once('connect', resolve).once('error', reject))
  return {
    send: (message) => void socket.write(`${JSON.stringify(message)}\n`),
    end: () => new Promise((resolve) => socket.end(resolve)),
  }
}
