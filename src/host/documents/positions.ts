import * as vscode from 'vscode'

/** From offsets of a text with `\n` line endings to positions in its buffer, which are the same for every ending. */
export function positionsIn(text: string): (offset: number) => vscode.Position {
  let line = 0
  let start = 0
  return (offset) => {
    if (offset < start) throw new RangeError('offsets are asked in ascending order')
    for (let end = text.indexOf('\n', start); end !== -1 && end < offset; end = text.indexOf('\n', start)) {
      line++
      start = end + 1
    }
    return new vscode.Position(line, offset - start)
  }
}
