import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { isPublic, pageUrl } from '../../../../src/core/web/address.ts'

function codeOf(url: string): string {
  const parsed = pageUrl(url)
  return 'kind' in parsed ? parsed.code : parsed.href
}

describe('a page’s address', () => {
  test.each([
    ['https://example.com', 'https://example.com/'],
    [' http://Example.COM:8080/a?b#c ', 'http://example.com:8080/a?b'],
    ['https://8.8.8.8/', 'https://8.8.8.8/'],
    ['https://[2606:4700::1111]/', 'https://[2606:4700::1111]/'],
    ['https://xn--bcher-kva.example/', 'https://xn--bcher-kva.example/'],
  ])('%s is taken', (url, href) => {
    expect(codeOf(url)).toBe(href)
  })

  test.each([
    'http://127.0.0.1/',
    'http://2130706433/',
    'http://0177.0.0.1/',
    'http://0x7f.1/',
    'http://127.1/',
    'http://0/',
    'http://0.0.0.0/',
    'http://10.1.2.3/',
    'http://172.16.0.1/',
    'http://192.168.1.1/',
    'http://169.254.169.254/latest/meta-data/',
    'http://100.64.0.1/',
    'http://224.0.0.1/',
    'http://255.255.255.255/',
    'http://[::1]/',
    'http://[::]/',
    'http://[::ffff:127.0.0.1]/',
    'http://[::ffff:a9fe:a9fe]/',
    'http://[::7f00:1]/',
    'http://[64:ff9b::7f00:1]/',
    'http://[64:ff9b::169.254.169.254]/',
    'http://[64:ff9b:1::7f00:1]/',
    'http://[2002:7f00:1::]/',
    'http://[fe80::1]/',
    'http://[fc00::1]/',
    'http://[ff02::1]/',
    'http://localhost/',
    'http://LOCALHOST./',
    'http://a.localhost:3000/',
    'http://router.local/',
    'http://metadata.google.internal/',
    'http://intranet/',
    'http://①②⑦.0.0.1/',
    'http://127。0。0。1/',
  ])('%s is not on the public internet', (url) => {
    expect(codeOf(url)).toBe('not_public')
  })

  test.each([
    'file:///etc/passwd',
    'ftp://example.com/',
    'data:text/html,x',
    'javascript:alert(1)',
    'vscode://x/y',
    'https://user@example.com/',
    'https://user:secret@example.com/',
    'example.com',
    '//example.com/x',
    '',
    'https://',
  ])('%s is no address of a page', (url) => {
    expect(codeOf(url)).toBe('bad_url')
  })

  test('of more than 4,096 characters is none', () => {
    expect(codeOf(`https://example.com/${'a'.repeat(4_096)}`)).toBe('bad_url')
  })

  test('whatever spelling of a number the URL parser takes for an address, it is judged by what it means', () => {
    fc.assert(
      fc.property(fc.nat(0xffff_ffff), fc.constantFrom(10, 8, 16), (number, base) => {
        const spelled = base === 16 ? `0x${number.toString(16)}` : `${base === 8 ? '0' : ''}${number.toString(base)}`
        const dotted = [24, 16, 8, 0].map((shift) => (number >>> shift) & 255).join('.')
        expect(codeOf(`http://${spelled}/`)).toBe(isPublic(dotted) ? `http://${dotted}/` : 'not_public')
      }),
      { seed: 6, numRuns: process.env['STRETTO_LONG'] === '1' ? 100_000 : 1_000 },
    )
  })
})

describe('isPublic', () => {
  test('what IPv6 carries of IPv4 is judged as that', () => {
    expect(['64:ff9b::8.8.8.8', '::ffff:8.8.8.8'].map(isPublic)).toEqual([true, true])
    expect(['64:ff9b::10.0.0.1', '::ffff:10.0.0.1'].map(isPublic)).toEqual([false, false])
  })

  test('an address with a zone, and what is none, is not', () => {
    expect(['2606:4700::1%eth0', 'example.com', '', '1.2.3'].map(isPublic)).toEqual([false, false, false, false])
  })
})
