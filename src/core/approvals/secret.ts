import type { FileTarget } from '../ports.ts'
import { foldName } from './names.ts'

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
  'secrets.toml',
  'credentials.toml',
  'credentials.tfrc.json',
  'application_default_credentials.json',
  '.vault-token',
  '.boto',
  '.s3cfg',
  '.yarnrc.yml',
  'shadow',
  'gshadow',
  'environ',
])

const folders: ReadonlySet<string> = new Set([
  '.aws',
  '.azure',
  '.gnupg',
  '.kube',
  '.ssh',
  '.docker',
  '.gcloud',
  'gcloud',
  '.password-store',
])

const patterns = [
  /\.(?:pem|key|p12|p8|pfx|jks|keystore|kdbx?|ppk|asc|ovpn|tfvars|tfstate|env)$/,
  /^id_(?:rsa|dsa|ecdsa|ed25519)(?:_sk)?(?:[._-].*)?$/,
  /^service[-_]?account.*\.json$/,
  /^\..+_history$/,
]

/** Templates of secrets hold none, nor do public keys. */
const harmless = /\.(?:example|sample|template|dist|pub)$/

/** Whether the file is one that usually holds a secret, by its name or its folder. */
export function holdsSecret(target: FileTarget): boolean {
  return [target.asked, target.path].some((path) => {
    const segments = path.split(/[/\\]/).filter(Boolean).map(foldName)
    const name = segments.at(-1) ?? ''
    if (segments.some((segment) => folders.has(segment))) return true
    if (harmless.test(name)) return false
    if (name === '.env' || name.startsWith('.env.')) return true
    return names.has(name) || patterns.some((pattern) => pattern.test(name))
  })
}
