import { createServer } from 'node:http'
import { describe, expect, test } from 'vitest'
import { Connection, type Network, networkFrom } from '../../../../src/core/models/connection.ts'
import { faultyServer, portOf } from '../../../support/faultyServer.ts'

/** A proxy that lets nobody through; gives the hosts that were asked of it. */
async function refusingProxy() {
  const asked: (string | undefined)[] = []
  const proxy = createServer()
  proxy.on('connect', (request, socket) => {
    asked.push(request.url)
    socket.end('HTTP/1.1 407 Proxy Authentication Required\r\n\r\n')
  })
  await new Promise<void>((resolve) => proxy.listen(0, '127.0.0.1', resolve))
  return {
    asked,
    network: { httpProxy: `http://127.0.0.1:${portOf(proxy)}`, httpsProxy: `http://127.0.0.1:${portOf(proxy)}` },
    [Symbol.asyncDispose]: async () => {
      proxy.closeAllConnections()
      await new Promise((resolve) => proxy.close(resolve))
    },
  }
}

async function reach(url: string, network: Network): Promise<number | 'failed'> {
  const connection = new Connection(url, network)
  try {
    return (await connection.fetch(url)).status
  } catch {
    return 'failed'
  } finally {
    await connection.close()
  }
}

describe('Connection', () => {
  test('other machines are reached through the proxy', async () => {
    await using proxy = await refusingProxy()
    expect(await reach('https://model.invalid/v1', proxy.network)).toBe('failed')
    expect(proxy.asked).toEqual(['model.invalid:443'])
  })

  test('this machine, and hosts that are to be reached directly, are not', async () => {
    await using proxy = await refusingProxy()
    await using server = await faultyServer((response) => response.end('ok'))
    expect(await reach(server.baseUrl, proxy.network)).toBe(200)
    await reach('https://model.invalid/v1', { ...proxy.network, noProxy: 'model.invalid' })
    expect(proxy.asked).toEqual([])
  })
})

describe('networkFrom', () => {
  test('the small names win, and the proxy for http serves https too', () => {
    expect(networkFrom({ HTTP_PROXY: 'http://a', http_proxy: 'http://b', NO_PROXY: 'c' })).toEqual({
      httpProxy: 'http://b',
      httpsProxy: 'http://b',
      noProxy: 'c',
    })
    expect(networkFrom({})).toEqual({ httpProxy: undefined, httpsProxy: undefined, noProxy: undefined })
  })
})
