import { once } from 'node:events'
import { createServer } from 'node:http'
import { createConnection } from 'node:net'
import type { ServerResponse } from 'node:http'
import { gzipSync } from 'node:zlib'
import { describe, expect, test } from 'vitest'
import type { Network } from '../../../../src/core/models/connection.ts'
import { CancellationSource, neverCancelled } from '../../../../src/core/scheduling/cancellation.ts'
import { readBody } from '../../../../src/core/web/body.ts'
import { fetchPage, type FetchRequest } from '../../../../src/core/web/fetchPage.ts'
import type { Names } from '../../../../src/core/web/pinned.ts'
import { systemClock } from '../../../../src/host/clock.ts'
import { type FaultyServer, faultyServer, portOf } from '../../../support/faultyServer.ts'
import { ManualClock } from '../../../support/manualClock.ts'
import { PRIVATE, PUBLIC, scriptedNames } from '../../../support/publicNames.ts'

interface World {
  names: Names
  clock: typeof systemClock | ManualClock
  network: Network
  permits: FetchRequest['permits']
  mostBytes: number
}

/** Fetches `path` of a server as if it were `page.example`. */
function get(server: FaultyServer, path: string, world: Partial<World> = {}, token = neverCancelled) {
  const { names = scriptedNames(), clock = systemClock, network = {}, permits = async () => false } = world
  const url = `http://page.example:${new URL(server.baseUrl).port}${path}`
  const request = { url, accept: 'text/html', mostBytes: world.mostBytes ?? 10_000, permits }
  return fetchPage(request, { names, clock, network: () => network }, token)
}

const textOf = (result: Awaited<ReturnType<typeof get>>): string =>
  result.kind === 'fetched' ? Buffer.from(result.bytes).toString() : result.code

const redirect = (response: ServerResponse, location: string, status = 302): void => {
  response.writeHead(status, { location }).end('<p>moved')
}

describe('a page', () => {
  test('comes with its type and its address, and leaves no socket', async () => {
    await using server = await faultyServer((response) => {
      response.writeHead(200, { 'content-type': 'Text/HTML; charset=utf-8' }).end('<p>words')
    })
    const result = await get(server, '/a#b')
    expect(result).toMatchObject({ kind: 'fetched', type: 'text/html; charset=utf-8', end: 'whole' })
    expect(result.kind === 'fetched' && result.url).toMatch(/^http:\/\/page\.example:\d+\/a$/)
    expect(textOf(result)).toBe('<p>words')
    await server.quiet()
  })

  test('is asked for without cookies, a referrer or credentials', async () => {
    await using server = await faultyServer((response) => response.writeHead(200, { 'set-cookie': 'a=b' }).end())
    await get(server, '/')
    await get(server, '/')
    for (const headers of server.headers) {
      expect(headers).not.toHaveProperty('cookie')
      expect(headers).not.toHaveProperty('referer')
      expect(headers).not.toHaveProperty('authorization')
    }
  })

  test.each([
    [404, 'not_found'],
    [410, 'not_found'],
    [403, 'http_error'],
    [500, 'http_error'],
    [304, 'http_error'],
  ])('that answers %i fails as %s', async (status, code) => {
    await using server = await faultyServer((response) => response.writeHead(status).end())
    expect(textOf(await get(server, '/'))).toBe(code)
  })
})

describe('a name', () => {
  test('of which one address is private is not connected to', async () => {
    await using server = await faultyServer((response) => response.end('secret'))
    const names = scriptedNames([PUBLIC, PRIVATE])
    expect(textOf(await get(server, '/', { names }))).toBe('not_public')
    expect(server.headers).toEqual([])
  })

  test('that means something private the second time gets no request there', async () => {
    let inside = 0
    const metadata = createServer((_request, response) => {
      inside++
      response.end('secret')
    })
    await using server = await faultyServer((response, count) => redirect(response, `/${count}`))
    metadata.listen(Number(new URL(server.baseUrl).port), PRIVATE)
    await once(metadata, 'listening')
    const names = scriptedNames([PUBLIC], [PRIVATE])
    expect(textOf(await get(server, '/', { names }))).toBe('not_public')
    expect({ inside, outside: server.headers.length }).toEqual({ inside: 0, outside: 1 })
    metadata.close()
  })

  test('is resolved once for a socket: what was checked is what is connected to', async () => {
    await using server = await faultyServer((response) => response.end('words'))
    const names = scriptedNames([PUBLIC], [PRIVATE])
    expect(textOf(await get(server, '/', { names }))).toBe('words')
    expect(names.asked).toEqual(['page.example'])
  })

  test('that nobody knows fails in words', async () => {
    await using server = await faultyServer((response) => response.end())
    const unknown = async () => Promise.reject(Object.assign(new Error('getaddrinfo ENOTFOUND'), { code: 'ENOTFOUND' }))
    const result = await get(server, '/', { names: { ...scriptedNames(), resolve: unknown } })
    expect(result).toMatchObject({ code: 'unreachable', message: expect.stringContaining('ENOTFOUND') })
  })
})

describe('a redirect', () => {
  test('within the host is followed', async () => {
    await using server = await faultyServer((response, count) =>
      count === 1 ? redirect(response, '/b?c', 308) : response.end('there'),
    )
    const result = await get(server, '/a')
    expect(textOf(result)).toBe('there')
    expect(result.kind === 'fetched' && result.url).toMatch(/\/b\?c$/)
  })

  test('to a host that was not allowed is refused, and its URL is named', async () => {
    await using server = await faultyServer((response) => redirect(response, 'https://other.example/x?y'))
    const result = await get(server, '/')
    expect(result).toMatchObject({ code: 'redirected', message: expect.stringContaining('https://other.example/x?y') })
    expect(server.headers).toHaveLength(1)
  })

  test('to a host that was allowed is followed', async () => {
    await using server = await faultyServer((response, count) => {
      if (count === 1) redirect(response, `http://other.example:${new URL(server.baseUrl).port}/`)
      else response.end('there')
    })
    const asked: string[] = []
    const permits = async (url: string) => asked.push(url) > 0
    expect(textOf(await get(server, '/', { permits }))).toBe('there')
    expect(asked).toEqual([expect.stringContaining('other.example')])
  })

  test.each([
    ['http://169.254.169.254/', 'not_public'],
    ['http://[::1]/', 'not_public'],
    ['http://2852039166/', 'not_public'],
    ['//localhost/', 'not_public'],
    ['file:///etc/passwd', 'bad_url'],
    ['https://a:b@other.example/', 'bad_url'],
    ['http://', 'bad_url'],
  ])('to %s is refused whatever is allowed', async (location, code) => {
    await using server = await faultyServer((response) => redirect(response, location))
    expect(textOf(await get(server, '/', { permits: async () => true }))).toBe(code)
    expect(server.headers).toHaveLength(1)
  })

  test('in a circle, and one after the other without end, ends', async () => {
    await using circle = await faultyServer((response, count) => redirect(response, `/${count % 2}`))
    expect(textOf(await get(circle, '/0'))).toBe('redirects')
    await using endless = await faultyServer((response, count) => redirect(response, `/${count}`))
    expect(textOf(await get(endless, '/'))).toBe('redirects')
    expect(endless.headers.length).toBeLessThan(15)
    await Promise.all([circle.quiet(), endless.quiet()])
  })
})

describe('a server', () => {
  test('that never answers is given up, and so is its socket', async () => {
    const clock = new ManualClock()
    const came = Promise.withResolvers<void>()
    await using server = await faultyServer(() => came.resolve())
    const result = get(server, '/', { clock })
    await came.promise
    clock.advance(20_000)
    expect(textOf(await result)).toBe('timeout')
    await server.quiet()
    expect(clock.pending).toBe(0)
  })

  test('that never answers holds nobody who is cancelled', async () => {
    const source = new CancellationSource()
    await using server = await faultyServer(() => source.cancel('steer'))
    await expect(get(server, '/', {}, source.token)).rejects.toThrow('cancelled: steer')
    await server.quiet()
  })

  test('that drips is left when the call is cancelled, with what has come', async () => {
    const source = new CancellationSource()
    await using server = await faultyServer((response) => {
      response.write('a')
      const drip = setInterval(() => response.write('a'), 5)
      response.on('close', () => clearInterval(drip))
      setTimeout(() => source.cancel('timeout'), 100)
    })
    const result = await get(server, '/', {}, source.token)
    expect(result).toMatchObject({ kind: 'fetched', end: 'cancelled' })
    expect(textOf(result)).toMatch(/^a+$/)
    await server.quiet()
  })

  test('whose body has no end is read up to the limit', async () => {
    await using server = await faultyServer((response) => {
      const pour = (): void => {
        while (response.write('x'.repeat(1_000)));
      }
      response.on('drain', pour)
      pour()
    })
    const result = await get(server, '/', { mostBytes: 5_000 })
    expect(result).toMatchObject({ end: 'full' })
    expect(textOf(result)).toHaveLength(5_000)
    await server.quiet()
  })

  test('that sends a bomb is read up to the limit of what comes out of it', async () => {
    const bomb = gzipSync(Buffer.alloc(200 * 1024 * 1024))
    await using server = await faultyServer((response) => {
      response.writeHead(200, { 'content-encoding': 'gzip' }).end(bomb)
    })
    const before = process.memoryUsage().rss
    const result = await get(server, '/', { mostBytes: 100_000 })
    expect(result).toMatchObject({ end: 'full' })
    expect(textOf(result)).toHaveLength(100_000)
    expect(process.memoryUsage().rss - before).toBeLessThan(100 * 1024 * 1024)
    await server.quiet()
  })

  test.each(['whole header', 'part of the body'])(
    'that cuts the connection after a %s gives what has come',
    async (after) => {
      await using server = await faultyServer((response) => {
        response.writeHead(200, { 'content-length': '1000' })
        if (after === 'whole header') response.flushHeaders()
        else response.write('half')
        setTimeout(() => response.destroy(), 50)
      })
      const result = await get(server, '/')
      expect(result).toMatchObject({ kind: 'fetched', end: 'cut' })
      expect(textOf(result)).toBe(after === 'whole header' ? '' : 'half')
    },
  )

  test('that hangs up, or speaks no HTTP, fails in words', async () => {
    await using server = await faultyServer((response) => response.destroy())
    expect(textOf(await get(server, '/'))).toBe('unreachable')
    await using other = await faultyServer((response) => response.socket?.end('SSH-2.0-nonsense\r\n'))
    expect(textOf(await get(other, '/'))).toBe('unreachable')
  })
})

test('connections end with their page, however long both sides would keep them', async () => {
  await using server = await faultyServer((response) => {
    response.writeHead(200, { connection: 'keep-alive', 'keep-alive': 'timeout=60' }).end('words')
  })
  expect(textOf(await get(server, '/'))).toBe('words')
  const open = Symbol('open')
  const late = new Promise((resolve) => setTimeout(resolve, 4_000, open))
  expect(await Promise.race([server.quiet(), late])).not.toBe(open)
})

test('a body that nobody ends is left when the call is cancelled', async () => {
  const source = new CancellationSource()
  const body = readBody(new ReadableStream(), 10, source.token)
  source.cancel('steer')
  expect(await body).toMatchObject({ end: 'cancelled' })
})

describe('a proxy', () => {
  /** Carries everything to where it is told, by name. */
  async function proxy(server: FaultyServer) {
    const asked: (string | undefined)[] = []
    const machine = createServer((request, response) => {
      asked.push(request.url)
      response.end('through')
    })
    machine.on('connect', (request, socket) => {
      asked.push(request.url)
      const onward = createConnection(Number(new URL(server.baseUrl).port), PUBLIC, () => {
        socket.write('HTTP/1.1 200 OK\r\n\r\n')
        socket.pipe(onward).pipe(socket)
      })
      onward.on('error', () => socket.destroy())
      socket.on('error', () => onward.destroy())
    })
    machine.listen(0, PUBLIC)
    await once(machine, 'listening')
    const close = async (): Promise<void> => {
      machine.closeAllConnections()
      await new Promise((resolve) => machine.close(resolve))
    }
    return { asked, network: { httpProxy: `http://${PUBLIC}:${portOf(machine)}` }, [Symbol.asyncDispose]: close }
  }

  test('resolves for itself: a name that only it knows is asked of it', async () => {
    await using server = await faultyServer((response) => response.end('through'))
    await using between = await proxy(server)
    const unknown = async () => Promise.reject(new Error('getaddrinfo ENOTFOUND'))
    const names = { ...scriptedNames(), resolve: unknown }
    expect(textOf(await get(server, '/', { names, network: between.network }))).toBe('through')
    expect(between.asked).toHaveLength(1)
  })

  test('is not asked for what this machine knows to be private', async () => {
    await using server = await faultyServer((response) => response.end('through'))
    await using between = await proxy(server)
    const names = scriptedNames([PRIVATE])
    expect(textOf(await get(server, '/', { names, network: between.network }))).toBe('not_public')
    expect(between.asked).toEqual([])
  })

  test('that is passed by leaves the address pinned', async () => {
    await using server = await faultyServer((response) => response.end('direct'))
    await using between = await proxy(server)
    const network = { ...between.network, noProxy: 'page.example' }
    const names = scriptedNames([PUBLIC], [PRIVATE])
    expect(textOf(await get(server, '/', { names, network }))).toBe('not_public')
    expect(textOf(await get(server, '/', { network }))).toBe('direct')
    expect(between.asked).toEqual([])
  })
})
