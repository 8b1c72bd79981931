import { lookup as systemLookup } from 'node:dns'
import type { LookupFunction } from 'node:net'
import { Agent, type Dispatcher, EnvHttpProxyAgent } from 'undici'
import type { Network } from '../models/connection.ts'
import { isPublic } from './address.ts'

export interface Address {
  address: string
  family: number
}

/** What names mean here. */
export interface Names {
  /** All addresses of a name. @throws what the system's resolver says */
  resolve(name: string): Promise<Address[]>
  isPublic(address: string): boolean
}

const CONNECT_MS = 10_000

/** A name that means a machine that is not public, at least in part. */
export class NotPublicError extends Error {
  readonly host: string
  constructor(host: string) {
    super(`${host} is not on the public internet`)
    this.name = 'NotPublicError'
    this.host = host
  }
}

export const systemNames: Names = {
  isPublic,
  resolve: (name) =>
    new Promise((resolve, reject) => {
      systemLookup(name, { all: true }, (error, addresses) => {
        if (error === null) resolve(addresses)
        else reject(error)
      })
    }),
}

/** The public addresses of a name. @throws {NotPublicError} when one of them is not */
export async function publicAddresses(name: string, names: Names): Promise<Address[]> {
  const addresses = await names.resolve(name)
  if (addresses.length === 0 || addresses.some(({ address }) => !names.isPublic(address)))
    throw new NotPublicError(name)
  return addresses
}

/**
 * Connections for one page. A name is resolved once for each socket, and the socket goes to an address that was checked,
 * so that a name that means something else the next time is of no use. Where a proxy stands between, it resolves.
 */
export function pinnedDispatcher(network: Network, names: Names): Dispatcher {
  const { ca, strictTls = true, httpProxy = '', httpsProxy = '', noProxy = '' } = network
  const tls = { ca, rejectUnauthorized: strictTls }
  // Deadlines are the caller's: they count from the first byte asked for to the last that came.
  const options = {
    headersTimeout: 0,
    bodyTimeout: 0,
    connect: { ...tls, timeout: CONNECT_MS, lookup: pinned(names) },
  }
  if (httpProxy === '' && httpsProxy === '') return new Agent(options)
  return new EnvHttpProxyAgent({ ...options, requestTls: tls, httpProxy, httpsProxy, noProxy })
}

function pinned(names: Names): LookupFunction {
  return (name, { all }, callback) => {
    publicAddresses(name, names).then(
      (addresses) => {
        const [first] = addresses
        if (all === true) callback(null, addresses)
        else callback(null, first?.address ?? '', first?.family ?? 0)
      },
      (error: unknown) => callback(error instanceof Error ? error : new Error(String(error)), ''),
    )
  }
}
