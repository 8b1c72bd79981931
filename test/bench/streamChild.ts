/** An endpoint in a process of its own, so that only the reader's work is counted. Streams one answer a request. */
import { createServer } from 'node:http'

/** Chunks of one answer. */
const CHUNKS = 20_000

const chunk = (delta: object, finish: string | null): string => {
  const choices = [{ index: 0, delta, finish_reason: finish }]
  return `data: ${JSON.stringify({ id: 'b', object: 'chat.completion.chunk', created: 0, model: 'bench', choices })}\n\n`
}
const piece = chunk({ content: ' a few words' }, null)
/** As they come from a network: some at a time. */
const some = piece.repeat(20)

const server = createServer((request, response) => {
  request.resume().once('end', () => {
    response.writeHead(200, { 'content-type': 'text/event-stream' })
    let left = CHUNKS / 20
    const write = (): void => {
      while (left-- > 0) if (!response.write(some)) return void response.once('drain', write)
      response.end(`${chunk({}, 'stop')}data: [DONE]\n\n`)
    }
    write()
  })
})
server.listen(0, '127.0.0.1', () => {
  const address = server.address()
  if (typeof address === 'object' && address !== null) process.send?.({ port: address.port, chunks: CHUNKS })
})
process.once('disconnect', () => process.exit())
