import { describe, expect, test } from 'vitest'
import { CancellationSource, neverCancelled } from '../../../../src/core/scheduling/cancellation.ts'
import { contentOf } from '../../../../src/core/web/content.ts'
import { toMarkdown } from '../../../../src/core/web/markdown.ts'
import { bareWords, readPage } from '../../../../src/core/web/pages.ts'
import { systemClock } from '../../../../src/host/clock.ts'
import { pageProgram } from '../../../support/pageProgram.ts'

const url = 'https://example.com/docs/page'
const paragraph =
  '<p>Voices enter before the others have finished, so that they overlap, one above the other, to the end.</p>'
const markdownOf = (html: string): string => toMarkdown({ html, url }).markdown

describe('a page in Markdown', () => {
  test('is its article, without what is around it', () => {
    const html = `<title>Stretto</title><nav><a href="/">Home</a> Menu</nav><article><h2>Entry</h2>${paragraph.repeat(6)}
      <pre><code>let x = 1</code></pre></article><footer>Imprint</footer>`
    const { title, markdown } = toMarkdown({ html, url })
    expect(title).toBe('Stretto')
    expect(markdown).toContain('## Entry')
    expect(markdown).toContain('```\nlet x = 1\n```')
    expect(markdown).not.toMatch(/Menu|Imprint/)
  })

  test('is all of its text where it has no article', () => {
    expect(markdownOf('<h1>Short</h1><p>It is so.')).toBe('# Short\n\nIt is so.')
  })

  test('has whole links to the web, and no others', () => {
    const html =
      '<base href="/base/"><a href="x">one</a> <a href="javascript:alert(1)">two</a> <a href="data:,x">three</a>'
    expect(markdownOf(html)).toBe('[one](https://example.com/base/x) two three')
  })

  test('has no pictures: their words stay, their addresses do not', () => {
    expect(markdownOf('<p>a <img src="https://evil.example/?data=1" alt="a chart"> b')).toBe('a a chart b')
  })

  test('has tables in rows', () => {
    const html =
      '<table><thead><tr><th>a</th><th>b</th></tr></thead><tbody><tr><td>1</td><td>2</td></tr></tbody></table>'
    expect(markdownOf(html)).toBe('| a | b |\n| 1 | 2 |')
  })

  test('leaves out scripts, styles, forms and what is hidden', () => {
    expect(markdownOf('<script>1</script><style>2</style><form>3</form><p hidden>4</p><template>5</template>6')).toBe(
      '6',
    )
  })

  test('is made of markup that was cut in the middle', () => {
    expect(markdownOf('<p>one <b>two</b> <a href="/thr')).toContain('one **two**')
  })
})

describe('the thread that reads pages', () => {
  const parts = { program: pageProgram, clock: systemClock }

  test('gives what is in a page', async () => {
    expect(await readPage({ html: '<title>T</title><p>words', url }, parts, neverCancelled)).toEqual({
      title: 'T',
      markdown: 'words',
    })
  })

  test('that dies gives the bare words', async () => {
    const page = { html: '<p>one<script>x</script> two', url }
    const read = await readPage(page, { ...parts, program: `${pageProgram}.missing` }, neverCancelled)
    expect(read).toEqual({ title: '', markdown: 'one two' })
  })

  test('is ended with a page that takes too long, which gives its bare words', async () => {
    const source = new CancellationSource()
    const ended = Promise.withResolvers<void>()
    process.once('worker', (worker) => worker.once('exit', () => ended.resolve()))
    const page = { html: '<div>'.repeat(200_000) + 'words', url }
    const read = readPage(page, parts, source.token)
    source.cancel('steer')
    expect(await read).toEqual({ title: '', markdown: 'words' })
    await ended.promise
  })
})

test('bare words are found in time in whatever markup', () => {
  for (const html of ['<'.repeat(300_000), '<script '.repeat(100_000), '<a href="'.repeat(100_000)]) {
    expect(bareWords(html).length).toBeLessThan(10)
  }
})

describe('a body', () => {
  const contentAs = (type: string, bytes: Uint8Array | string) =>
    contentOf({ url, type, bytes: typeof bytes === 'string' ? Buffer.from(bytes) : bytes })

  test.each([
    ['text/html; charset=utf-8', '<p>a', true],
    ['application/xhtml+xml', '<p>a', true],
    ['', '  <!doctype html>', true],
    ['', 'plain', false],
    ['text/plain', '<p>a', false],
    ['application/json', '{}', false],
    ['application/ld+json; a=b', '{}', false],
    ['application/rss+xml', '<rss/>', false],
  ])('of type “%s” is read', (type, text, html) => {
    expect(contentAs(type, text)).toEqual({ kind: 'content', text, html })
  })

  test.each([
    ['application/pdf', 'x'],
    ['text/html', '%PDF-1.7'],
    ['image/png', 'x'],
    ['application/octet-stream', 'x'],
    ['text/html', 'a\0b'],
    ['', '\x7fELF\0\0'],
  ])('of type “%s” that is %j is refused in words', (type, text) => {
    expect(contentAs(type, text)).toMatchObject({ code: 'unsupported_type' })
  })

  test('is decoded as the server or the page says, and as UTF-8 where that is no encoding', () => {
    const latin = Buffer.from('caf\xe9', 'latin1')
    expect(contentAs('text/plain; charset=ISO-8859-1', latin)).toMatchObject({ text: 'café' })
    const page = Buffer.concat([Buffer.from('<meta charset="latin1">'), latin])
    expect(contentAs('text/html', page)).toMatchObject({ text: '<meta charset="latin1">café' })
    expect(contentAs('text/plain; charset=klingon', 'café')).toMatchObject({ text: 'café' })
    expect(contentAs('text/plain', Buffer.from('\ufeffcafé', 'utf16le'))).toMatchObject({ text: 'café' })
  })
})
