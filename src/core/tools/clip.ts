/** The text cut to `longest` UTF-16 units, with a mark that says how much is missing. */
export function clip(text: string, longest: number): string {
  if (text.length <= longest) return text
  const half = /[\uD800-\uDBFF]$/.test(text.slice(0, longest)) ? longest - 1 : longest
  return `${text.slice(0, half)} … (${text.length - half} more characters)`
}

export function count(number: number, one: string, many = `${one}s`): string {
  return `${number.toLocaleString('en-US')} ${number === 1 ? one : many}`
}

/** The first line, for a card. */
export function firstLine(text: string): string {
  return text.trim().split('\n', 1)[0] ?? ''
}
