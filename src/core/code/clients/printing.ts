import { writeSync } from 'node:fs'
import type { Writable } from 'node:stream'

const BUSY_MS = 2
const never = new Int32Array(new SharedArrayBuffer(4))

/** What this thread prints is written at once, by itself, in one order with what its children write. */
export function printAtOnce(target: NodeJS.Process): void {
  for (const [stream, descriptor] of [
    [target.stdout, 1],
    [target.stderr, 2],
  ] as const) {
    const _write: Writable['_write'] = (chunk: string | Buffer, encoding, done) => {
      done(problem(() => writeWhole(descriptor, typeof chunk === 'string' ? Buffer.from(chunk, encoding) : chunk)))
    }
    Object.assign(stream, { _write, _writev: null, fd: descriptor })
  }
}

/** A child may have set the pipe to say that it is full instead of waiting. @throws when nobody can read it */
export function writeWhole(descriptor: number, data: Buffer): void {
  for (let at = 0; at < data.length;) {
    try {
      at += writeSync(descriptor, data, at)
    } catch (error) {
      if (!(error instanceof Error && 'code' in error && error.code === 'EAGAIN')) throw error
      Atomics.wait(never, 0, 0, BUSY_MS)
    }
  }
}

function problem(work: () => void): Error | undefined {
  try {
    work()
    return undefined
  } catch (error) {
    return error instanceof Error ? error : new Error(String(error))
  }
}
