import { isIP } from 'node:net'
import ipaddr, { type IPv4, type IPv6 } from 'ipaddr.js'
import type { Failure } from '../ports.ts'
import { failed } from '../tools/tool.ts'

const LONGEST_URL = 4_096
/** Names that never mean a machine of the public internet. */
const LOCAL_NAMES = /(?:^|\.)(?:localhost|local|localdomain|internal|intranet|lan|home|corp|private|home\.arpa|onion)$/
const NAT64 = ipaddr.parse('64:ff9b::')
const GLOBAL_IPV6 = ipaddr.parse('2000::')

/** The one parser of addresses that a model gives: public http and https only, without credentials. */
export function pageUrl(text: string, base?: URL): URL | Failure {
  const url = text.length > LONGEST_URL ? null : URL.parse(text.trim(), base?.href)
  if (url === null) return failed('bad_url', 'This is not a whole URL. Give one such as https://example.com/page.')
  if (url.protocol !== 'https:' && url.protocol !== 'http:') {
    return failed('bad_url', `Only http and https are fetched, not ${url.protocol} Give another URL.`)
  }
  if (url.username !== '' || url.password !== '') {
    return failed('bad_url', 'A URL with a user name or password is not fetched. Leave them out.')
  }
  const name = url.hostname.replace(/^\[|\]$/g, '').replace(/\.$/, '')
  const isPublicName = isIP(name) !== 0 ? isPublic(name) : name.includes('.') && !LOCAL_NAMES.test(name)
  if (!isPublicName) return notPublic(url.host)
  url.hash = ''
  return url
}

/** Whether the address, as text, is one of the public internet; what IPv6 carries of IPv4 is judged as that. */
export function isPublic(address: string): boolean {
  if (isIP(address) === 0) return false
  const parsed = ipaddr.parse(address)
  if (!(parsed instanceof ipaddr.IPv6)) return parsed.range() === 'unicast'
  const carried = carriedIn(parsed)
  if (carried !== undefined) return carried.range() === 'unicast'
  return parsed.zoneId === undefined && parsed.match(GLOBAL_IPV6, 3) && parsed.range() === 'unicast'
}

export function notPublic(host: string): Failure {
  return failed(
    'not_public',
    `${host} is not on the public internet, and nothing else is fetched. Ask for a command if it must be read.`,
  )
}

function carriedIn(address: IPv6): IPv4 | undefined {
  if (address.isIPv4MappedAddress()) return address.toIPv4Address()
  if (!address.match(NAT64, 96)) return undefined
  return new ipaddr.IPv6([0, 0, 0, 0, 0, 0xffff, ...address.parts.slice(6)]).toIPv4Address()
}
