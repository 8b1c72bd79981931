/* oxlint-disable no-control-regex */
const HIDDEN =
  /[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u00ad\u061c\u180e\u200b-\u200f\u2028-\u202e\u2060-\u2069\ufeff]/g

/** Text in which nothing is invisible and nothing turns the order of what is read: such characters become `\u{202e}`. */
export function visible(text: string): string {
  return text.replace(HIDDEN, (char) => `\\u{${char.codePointAt(0)?.toString(16).padStart(4, '0')}}`)
}

const ESCAPES = /\u001b(?:\[[0-9;?]*[ -/]*[@-~]|\][^\u0007\u001b]*(?:\u0007|\u001b\\)|[@-Z\\-_])/g

/** Lines of a terminal as they stand in the end: no escapes, and of an overwritten line only what came last. */
export function plainLine(line: string): string {
  const plain = line.replace(ESCAPES, '').replace(/\r+$/, '')
  return visible(plain.slice(plain.lastIndexOf('\r') + 1))
}
