/** Cuts a stream of bytes into lines: the least that a protocol needs. */
export function lines(onLine: (line: string) => void): (chunk: Buffer) => void {
  let rest = ''
  return (chunk) => {
    const parts = (rest + chunk.toString()).split('\n')
    rest = parts.pop() ?? ''
    for (const line of parts) onLine(line)
  }
}
