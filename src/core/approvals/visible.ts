/** Runs of spaces or of line ends up to here are shown as they are. */
const LONGEST_RUN = 8

const spaces = new RegExp(` {${LONGEST_RUN + 1},}`, 'g')
const newlines = new RegExp(`\\n{${LONGEST_RUN + 1},}`, 'g')
/** What has no ink, moves other text, or is one of our own marks. */
const unseen = /[\p{C}\p{Zl}\p{Zp}\p{Default_Ignorable_Code_Point}\u2800⟦⟧⏎]|(?! )\p{Zs}/gu

/**
 * The text with everything in it to be seen: what would be invisible, reorder or hide other text is written out as
 * `⟦U+202E⟧` or `⟦40 spaces⟧`, a line end as `⏎` before it. Different texts stay different.
 */
export function visible(text: string): string {
  return text
    .replaceAll(unseen, (found) => (found === '\n' ? found : mark(found)))
    .replaceAll(spaces, (run) => `⟦${run.length} spaces⟧`)
    .replaceAll(newlines, (run) => `⟦${run.length} line ends⟧\n`)
    .replaceAll(/(?<!line ends⟧)\n/g, '⏎\n')
}

/** The same on one line: for a name, a path, a folder. */
export function visibleName(text: string): string {
  return visible(text).replaceAll('⏎\n', '⟦U+000A⟧').replaceAll('\n', '')
}

function mark(character: string): string {
  const code = character.codePointAt(0) ?? 0
  return `⟦U+${code.toString(16).toUpperCase().padStart(4, '0')}⟧`
}
