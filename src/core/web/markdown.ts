import domino, { type PageDocument, type PageElement } from '@mixmark-io/domino'
import { Readability } from '@mozilla/readability'
import TurndownService from 'turndown'
import type { PageMessage, PageText } from './pageMessages.ts'

/** An article that is so short is none: the whole body is taken. */
const SHORTEST_ARTICLE = 200
const UNREAD = 'script, style, template, svg, iframe, object, canvas, form, [hidden]'

/** The article of a page, or all of its text where it has none, in Markdown without pictures. */
export function toMarkdown({ html, url }: PageMessage): PageText {
  const { document } = domino.createWindow(html, url)
  const title = document.title.trim()
  for (const element of all(document, UNREAD)) element.remove()
  resolveLinks(document, url)
  const whole = document.body?.cloneNode(true)
  const article = articleOf(document, url)
  if (article !== undefined) return { title: article.title || title, markdown: markdownOf(article.body) }
  return { title, markdown: whole === undefined ? '' : markdownOf(whole) }
}

function articleOf(document: PageDocument, url: string): { title: string; body: PageElement } | undefined {
  makeComplete(document, url)
  const article = new Readability(document).parse()
  if (!article?.content || (article.textContent ?? '').trim().length < SHORTEST_ARTICLE) return undefined
  const { body } = domino.createWindow(article.content, url).document
  return body === null ? undefined : { title: article.title?.trim() ?? '', body }
}

/** Readability asks for these, and this DOM does not have them. */
function makeComplete(document: PageDocument, url: string): void {
  Object.defineProperties(document, { baseURI: { value: url }, documentURI: { value: url } })
  for (const list of [document.querySelectorAll('a'), document.getElementsByTagName('a'), document.childNodes]) {
    const prototype: unknown = Object.getPrototypeOf(list)
    if (typeof prototype !== 'object' || prototype === null || Symbol.iterator in prototype) continue
    Object.defineProperty(prototype, Symbol.iterator, { value: Array.prototype[Symbol.iterator] })
  }
}

/** Links become whole and stay what they say only where they lead to the web. */
function resolveLinks(document: PageDocument, url: string): void {
  const base = URL.parse(document.querySelector('base')?.getAttribute('href') ?? '', url)?.href ?? url
  for (const link of all(document, 'a')) {
    const target = URL.parse(link.getAttribute('href') ?? '', base)
    if (target !== null && /^https?:$/.test(target.protocol)) link.setAttribute('href', target.href)
    else link.removeAttribute('href')
  }
}

function markdownOf(body: PageElement): string {
  const service = new TurndownService({ headingStyle: 'atx', codeBlockStyle: 'fenced', bulletListMarker: '-' })
  service.addRule('picture', { filter: 'img', replacement: (_content, node) => node.getAttribute('alt') ?? '' })
  service.addRule('cell', {
    filter: ['th', 'td'],
    replacement: (content) => ` ${content.trim().replaceAll(/\s+/g, ' ')} |`,
  })
  service.addRule('row', { filter: 'tr', replacement: (content) => `\n|${content}` })
  service.addRule('table', {
    filter: 'table',
    replacement: (content) => `\n\n${content.trim().replaceAll(/\n+/g, '\n')}\n\n`,
  })
  return service
    .turndown(body)
    .replaceAll(/\n{3,}/g, '\n\n')
    .trim()
}

function all(within: Pick<PageElement, 'querySelectorAll'>, selector: string): PageElement[] {
  return Array.from(within.querySelectorAll(selector))
}
