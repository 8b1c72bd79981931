import { CancelledError, type CancellationToken, orCancelled } from '../scheduling/cancellation.ts'

/** What was read of a body: `full` where the limit ended it, `cut` where the server did. */
export interface Body {
  bytes: Uint8Array
  end: 'whole' | 'full' | 'cut' | 'cancelled'
}

/** Reads up to `most` bytes, counted after decompression. A cancelled read gives what has come. */
export async function readBody(
  stream: ReadableStream<Uint8Array> | null,
  most: number,
  token: CancellationToken,
): Promise<Body> {
  if (stream === null) return { bytes: new Uint8Array(), end: 'whole' }
  const reader = stream.getReader()
  const chunks: Uint8Array[] = []
  let size = 0
  const body = (end: Body['end']): Body => ({ bytes: Buffer.concat(chunks).subarray(0, most), end })
  try {
    for (;;) {
      const { done, value } = await orCancelled(reader.read(), token)
      if (done) return body('whole')
      chunks.push(value)
      size += value.length
      if (size > most) return body('full')
    }
  } catch (error) {
    return body(error instanceof CancelledError || token.isCancellationRequested ? 'cancelled' : 'cut')
  } finally {
    // The connection goes with its dispatcher; a server that does not let go is nobody's wait.
    reader.cancel().catch(() => undefined)
  }
}
