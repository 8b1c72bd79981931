import { getCACertificates } from 'node:tls'
import * as vscode from 'vscode'
import { type Network, networkFrom } from '../core/models/connection.ts'

/** The way to an endpoint as VS Code's own `http.*` settings describe it, then the environment. */
export function windowNetwork(baseUrl: string, environment: NodeJS.ProcessEnv): Network {
  const http = vscode.workspace.getConfiguration('http')
  const usual = networkFrom(environment)
  const strictTls = http.get<boolean>('proxyStrictSSL') !== false
  const usesSystem = baseUrl.startsWith('https:') && http.get<boolean>('systemCertificates') !== false
  const ca = usesSystem ? authorities() : undefined
  if (http.get<string>('proxySupport') === 'off') return { strictTls, ca }
  const proxy = http.get<string>('proxy')?.trim() || undefined
  const noProxy = http.get<string[]>('noProxy')?.join(',') || usual.noProxy
  return {
    strictTls,
    ca,
    noProxy,
    httpProxy: proxy ?? usual.httpProxy,
    httpsProxy: proxy ?? usual.httpsProxy,
  }
}

let known: string[] | undefined

/** Node's own and the system's; reading them blocks for a moment, so that only https does, and once. */
function authorities(): string[] {
  known ??= [...new Set([...getCACertificates('default'), ...getCACertificates('system')])]
  return known
}
