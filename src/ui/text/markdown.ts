import DOMPurify from 'dompurify'
import MarkdownIt from 'markdown-it'
import { highlight } from './highlight.ts'

type Parser = InstanceType<typeof MarkdownIt>

const parser = new MarkdownIt({ html: false, linkify: false })
const plain = new MarkdownIt({ html: false, linkify: false })
plain.options.highlight = null
parser.options.highlight = highlight

for (const md of [parser, plain]) {
  const { rules } = md.renderer
  rules.link_open = (tokens, i) => openLink(md, String(tokens[i]?.attrGet('href') ?? ''))
  rules.link_close = () => '</a>'
  rules.image = (tokens, i) => {
    const words = md.utils.escapeHtml(tokens[i]?.content || 'image')
    return `${openLink(md, String(tokens[i]?.attrGet('src') ?? ''))}${words}</a>`
  }
  rules.table_open = () => '<div class="table"><table>'
  rules.table_close = () => '</table></div>'
}

const SCHEME = /^[a-z][a-z0-9+.-]*:/i
const ALLOWED = /^(?:https?|mailto):/i
const WEB = /^https?:/i

/**
 * Links have no `href`: nothing can navigate. The panel asks the host to open what `data-href` says. A web address is
 * written as it will be opened, its host in ASCII, and one with a name before its host is no link.
 */
function openLink(md: Parser, href: string): string {
  if (SCHEME.test(href) && !ALLOWED.test(href)) return '<a>'
  const url = WEB.test(href) ? URL.parse(href) : undefined
  if (url === null || (url !== undefined && url.username + url.password !== '')) return '<a>'
  const shown = md.utils.escapeHtml(url?.href ?? href)
  return `<a role="link" tabindex="0" data-href="${shown}" title="${shown}">`
}

const CLEAN = {
  ALLOWED_TAGS:
    'p br hr strong em s code pre blockquote a span div ul ol li h1 h2 h3 h4 h5 h6 table thead tbody tr th td'.split(
      ' ',
    ),
  ALLOWED_ATTR: ['class', 'role', 'tabindex', 'data-href', 'title', 'start'],
  ALLOW_DATA_ATTR: false,
  ALLOW_ARIA_ATTR: false,
  RETURN_DOM_FRAGMENT: true as const,
}

/**
 * Markdown as nodes that can neither load, navigate nor run anything.
 *
 * @param streaming leaves out what is too dear for text that changes, the colours of code
 */
export function render(source: string, streaming = false): DocumentFragment {
  return DOMPurify.sanitize((streaming ? plain : parser).render(source), CLEAN)
}

export interface Blocks {
  /** Source of the blocks that no later text can change. */
  closed: string[]
  /** Source of the last block, which may go on. */
  open: string
}

/** Splits Markdown at its outermost blocks. */
export function splitBlocks(source: string): Blocks {
  const starts = plain
    .parse(source, {})
    .flatMap(({ level, nesting, map }) => (level === 0 && nesting >= 0 && map ? [map[0]] : []))
  if (starts.length < 2) return { closed: [], open: source }
  const lines = source.split('\n')
  const edges = [0, ...starts.slice(1), lines.length]
  const blocks = edges.slice(0, -1).map((start, i) => lines.slice(start, edges[i + 1]).join('\n'))
  return { closed: blocks.slice(0, -1), open: blocks.at(-1) ?? '' }
}

/** Splits a text that only grows; closed blocks are never parsed again. */
export class BlockStream {
  #source = ''
  #closed: string[] = []
  /** Where the open block starts. */
  #from = 0

  update(source: string): Blocks {
    if (!source.startsWith(this.#source)) {
      this.#closed = []
      this.#from = 0
    }
    this.#source = source
    const { closed, open } = splitBlocks(source.slice(this.#from))
    if (closed.length > 0) {
      this.#closed = [...this.#closed, ...closed]
      this.#from = source.length - open.length
    }
    return { closed: this.#closed, open }
  }
}
