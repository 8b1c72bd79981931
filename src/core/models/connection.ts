import { Agent, type Dispatcher, EnvHttpProxyAgent, fetch } from 'undici'
import { isLocal } from './endpoint.ts'

/** How this machine reaches the network. */
export interface Network {
  httpProxy?: string
  httpsProxy?: string
  /** Hosts that are reached without it, separated by commas. */
  noProxy?: string
  /** Certificate authorities in PEM, instead of Node's own. */
  ca?: string[]
  /** False only where the user has set VS Code's `http.proxyStrictSSL` so. */
  strictTls?: boolean
}

/** What the usual environment variables say of the network. */
export function networkFrom(environment: Readonly<Record<string, string | undefined>>): Network {
  const get = (name: string): string | undefined => environment[name.toLowerCase()] || environment[name] || undefined
  const httpProxy = get('HTTP_PROXY')
  return { httpProxy, httpsProxy: get('HTTPS_PROXY') ?? httpProxy, noProxy: get('NO_PROXY') }
}

/** Connections of one client: its own sockets, through the proxy where there is one. */
export class Connection {
  readonly #dispatcher: Dispatcher
  #closing: Promise<void> | undefined

  constructor(baseUrl: string, network: Network) {
    const { ca, strictTls = true, httpProxy = '', httpsProxy = '', noProxy = '' } = network
    // Silence is the watchdog's to judge: it knows what counts as a sign of life.
    const options = {
      headersTimeout: 0,
      bodyTimeout: 0,
      connect: { ca, rejectUnauthorized: strictTls, timeout: 10_000 },
    }
    const direct = isLocal(baseUrl) || (httpProxy === '' && httpsProxy === '')
    this.#dispatcher = direct
      ? new Agent(options)
      : new EnvHttpProxyAgent({ ...options, httpProxy, httpsProxy, noProxy })
  }

  /** A `fetch` over these connections only. It follows no redirect: keys and prompts go to no other place than this. */
  get fetch(): typeof globalThis.fetch {
    // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- undici's fetch and Node's differ in their types alone
    const own = fetch as unknown as (input: unknown, init?: object) => Promise<Response>
    return (input, init) => own(input, { redirect: 'manual', ...init, dispatcher: this.#dispatcher })
  }

  /** Ends all sockets; once, however often it is asked. */
  close(): Promise<void> {
    this.#closing ??= this.#dispatcher.destroy()
    return this.#closing
  }
}
