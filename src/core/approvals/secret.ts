import type { FileTarget } from '../ports.ts'

const names: ReadonlySet<string> = new Set([
  '.npmrc',
  '.pypirc',
  '.netrc',
  '_netrc',
  '.pgpass',
  '.my.cnf',
  '.htpasswd',
  '.git-credentials',
  '.dockercfg',
  'credentials',
  'credentials.json',
  'secrets.json',
  'secrets.yml',
  'secrets.yaml',
  'service-account.json',
  'id_rsa',
  'id_dsa',
  'id_ecdsa',
  'id_ed25519',
])

const folders: ReadonlySet<string> = new Set(['.aws', '.azure', '.gnupg', '.kube', '.ssh', '.docker'])

const endings = /\.(pem|key|p12|pfx|jks|keystore|kdbx|ppk|asc|tfvars|tfstate)$/

/** Templates of secrets hold none. */
const harmless = /\.(example|sample|template|dist)$/

/** Whether the file is one that usually holds a secret, by its name or its folder. */
export function holdsSecret(target: FileTarget): boolean {
  return [target.asked, target.path].some((path) => {
    const segments = path.toLowerCase().split(/[/\\]/).filter(Boolean)
    const name = segments.at(-1) ?? ''
    if (harmless.test(name)) return false
    if (name === '.env' || name.startsWith('.env.')) return true
    return names.has(name) || endings.test(name) || segments.slice(0, -1).some((segment) => folders.has(segment))
  })
}
