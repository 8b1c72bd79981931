import { getCACertificates } from 'node:tls'
import * as vscode from 'vscode'
import { type Network, networkFrom } from '../core/models/connection.ts'

/** The network as VS Code's own `http.*` settings describe it, then the environment, with the system's certificates. */
export function windowNetwork(environment: NodeJS.ProcessEnv): Network {
  const http = vscode.workspace.getConfiguration('http')
  const usual = networkFrom(environment)
  const strictTls = http.get<boolean>('proxyStrictSSL') !== false
  const ca = http.get<boolean>('systemCertificates') === false ? undefined : authorities()
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

function authorities(): string[] {
  return [...new Set([...getCACertificates('default'), ...getCACertificates('system')])]
}
