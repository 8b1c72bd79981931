import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { Server, Socket } from 'node:net'
import * as z from 'zod'

/** A small HTTP server on loopback whose answers a test writes by hand. */
export interface FaultyServer extends AsyncDisposable {
  /** `http://127.0.0.1:PORT/v1` */
  baseUrl: string
  /** Bodies of the requests so far, as JSON. */
  bodies: Record<string, unknown>[]
  headers: IncomingMessage['headers'][]
  /** Sockets that are open now. */
  sockets: Set<Socket>
  /** Settles when the last socket has closed. */
  quiet(): Promise<void>
}

const body = z.record(z.string(), z.unknown())

/** @param counts the requests that are remembered and answered; nothing is there for others */
export async function faultyServer(
  answer: (response: ServerResponse, count: number, request: IncomingMessage) => void,
  counts: (request: IncomingMessage) => boolean = () => true,
): Promise<FaultyServer> {
  const bodies: Record<string, unknown>[] = []
  const headers: IncomingMessage['headers'][] = []
  const sockets = new Set<Socket>()
  const idle: (() => void)[] = []
  const server = createServer((request, response) => {
    if (!counts(request)) return void response.writeHead(404).end()
    const chunks: Buffer[] = []
    request.on('data', (chunk: Buffer) => chunks.push(chunk))
    request.on('end', () => {
      bodies.push(body.parse(JSON.parse(Buffer.concat(chunks).toString() || '{}')))
      headers.push(request.headers)
      answer(response, bodies.length, request)
    })
  })
  server.on('connection', (socket) => {
    sockets.add(socket)
    socket.on('close', () => {
      sockets.delete(socket)
      if (sockets.size === 0) for (const wake of idle.splice(0)) wake()
    })
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const port = portOf(server)
  return {
    baseUrl: `http://127.0.0.1:${port}/v1`,
    bodies,
    headers,
    sockets,
    quiet: () => (sockets.size === 0 ? Promise.resolve() : new Promise((resolve) => idle.push(resolve))),
    async [Symbol.asyncDispose]() {
      server.closeAllConnections()
      await new Promise((resolve) => server.close(resolve))
    },
  }
}

/** Where a server on loopback listens. */
export function portOf(server: Server): number {
  const address = server.address()
  if (typeof address !== 'object' || address === null) throw new Error('the server does not listen on a port')
  return address.port
}

/** Begins a stream of server-sent events. */
export function events(response: ServerResponse, ...chunks: unknown[]): void {
  if (!response.headersSent) response.writeHead(200, { 'content-type': 'text/event-stream' })
  response.flushHeaders()
  for (const chunk of chunks) response.write(`data: ${typeof chunk === 'string' ? chunk : JSON.stringify(chunk)}\n\n`)
}

/** A chunk with a delta; `finish` says that it is the last. */
export function delta(content: object, finish: string | null = null): object {
  return { id: 'x', object: 'chat.completion.chunk', choices: [{ index: 0, delta: content, finish_reason: finish }] }
}

export function refuse(
  response: ServerResponse,
  status: number,
  error: object,
  headers: Record<string, string> = {},
): void {
  response.writeHead(status, { 'content-type': 'application/json', ...headers })
  response.end(JSON.stringify({ error }))
}
