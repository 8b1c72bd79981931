/**
 * Text from a model, a file or a prompt on one line of VS Code's own UI: no links (a notification would run `command:`
 * ones), no control or direction characters, no long runs of spaces.
 */
export function plainLine(text: string, most = 160): string {
  const line = text
    .replace(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]+/gu, ' ')
    .replaceAll('](', '] (')
    .replace(/\s+/g, ' ')
    .trim()
  return line.length <= most ? line : `${line.slice(0, most - 1).trimEnd()}…`
}
