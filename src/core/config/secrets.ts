import type { KeyPath } from './keys.ts'

/** The last word of names of secrets. Plural tokens are those that models count. */
const secretWord =
  /^(?:key|apikey|token|accesstoken|secret|password|passwd|passphrase|credentials?|authorization|bearer|cookie)$/

/** What well-known services begin their keys with. */
const secretText = /^(?:sk-|rk-|pk-|gh[opsu]_|github_pat_|glpat-|xox[abprs]-|AKIA|AIza|tvly-|hf_|Bearer |Basic )/

/** Programs are given secrets in these, whatever they are called there. */
const secretHolders: ReadonlySet<string> = new Set(['env', 'headers'])

export const HIDDEN = '(hidden)'

/** Whether a value there would be a secret, by its name, or one that it holds. */
export function isSecret(path: KeyPath, value: unknown): boolean {
  if (path.some(isSecretName)) return true
  if (typeof value === 'string') return isSecretText(value)
  if (typeof value !== 'object' || value === null) return false
  return Object.entries(value).some(([name, inner]) => isSecret([name], inner))
}

/** The same for eyes that must see no secret. */
export function hidden(path: KeyPath, value: unknown): unknown {
  if (path.some((name) => isSecretName(name) || secretHolders.has(name))) return masked(value)
  if (typeof value === 'string') return isSecretText(value) ? HIDDEN : withoutLogin(value)
  if (Array.isArray(value)) return value.map((item, at) => (isSecretFlag(value[at - 1]) ? HIDDEN : hidden([], item)))
  if (typeof value !== 'object' || value === null) return value
  return Object.fromEntries(Object.entries(value).map(([name, inner]) => [name, hidden([name], inner)]))
}

/** Every text is hidden, whatever holds it; names stay. */
function masked(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(masked)
  if (typeof value !== 'object' || value === null) return HIDDEN
  return Object.fromEntries(Object.entries(value).map(([name, inner]) => [name, masked(inner)]))
}

function isSecretName(name: string): boolean {
  const words = name
    .replaceAll(/([a-z0-9])([A-Z])/g, '$1 $2')
    .toLowerCase()
    .split(/[^a-z0-9]+/)
  return words.some((word) => secretWord.test(word))
}

/** An argument whose next one is a secret: `--token`. */
function isSecretFlag(argument: unknown): boolean {
  return (
    typeof argument === 'string' && /^--?[a-z]/i.test(argument) && !argument.includes('=') && isSecretName(argument)
  )
}

function isSecretText(text: string): boolean {
  const [name, value] = /^(--?[\w-]+|[A-Z_]+)=(.+)$/s.exec(text)?.slice(1) ?? []
  return secretText.test(value ?? text) || (name !== undefined && isSecretName(name))
}

/** Addresses may hold a login, and a key among their parameters. */
function withoutLogin(text: string): string {
  const url = /^https?:/i.test(text) ? URL.parse(text) : null
  if (url === null || (url.username === '' && url.search === '')) return text
  url.username = ''
  url.password = ''
  return url.search === '' ? url.href : `${url.href.slice(0, url.href.indexOf('?'))}?${HIDDEN}`
}
