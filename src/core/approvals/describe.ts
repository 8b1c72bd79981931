import type { Action } from '../tools/tool.ts'

/** Characters that hide, reorder or fake text: controls, zero-width, bidirectional, odd spaces, tags. */
const hidden =
  /[\p{Cc}\p{Cf}\p{Co}\p{Cn}\p{Zl}\p{Zp}\u00A0\u115F\u1160\u1680\u180E\u2000-\u200A\u202F\u205F\u2800\u3000\u3164\uFFA0]|[\u{FE00}-\u{FE0F}]|[\u{E0100}-\u{E01EF}]/gu

/** Text as it can be judged by eye: what would be invisible or misleading is written out. Keeps plain line ends. */
export function escapeHidden(text: string): string {
  const shown = text.replaceAll(hidden, (character) => (character === '\n' ? '\n' : writeOut(character)))
  return shown.replaceAll(/ {8,}/g, (spaces) => `⟨${spaces.length} spaces⟩`)
}

/** What will be done, whole and resolved, for the card. */
export function describe(tool: string, action: Action): string {
  switch (action.kind) {
    case 'command':
      return escapeHidden(action.command)
    case 'read':
    case 'edit':
      return escapeHidden(
        action.targets.map(({ path, display }) => (display === path ? path : `${display}  (${path})`)).join('\n'),
      )
    case 'session':
      return tool
  }
}

function writeOut(character: string): string {
  const code = character.codePointAt(0) ?? 0
  if (character === '\t') return '⟨tab⟩'
  return `⟨U+${code.toString(16).toUpperCase().padStart(4, '0')}⟩`
}
