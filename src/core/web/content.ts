import type { Failure } from '../ports.ts'
import { failed } from '../tools/tool.ts'
import type { FetchedPage } from './fetchPage.ts'

/** A page's text, and whether it is to be read as HTML. */
export interface PageContent {
  kind: 'content'
  text: string
  html: boolean
}

const HTML = /^(?:text\/html|application\/xhtml\+xml)\b/
const TEXT = /^(?:text\/|application\/(?:[\w.-]+\+)?(?:json|xml|yaml|x-yaml|javascript|ecmascript|toml|x-ndjson|sql)\b)/
/** How far is looked for what the server does not say. */
const LOOK = 2_048

/** What a body is, by what the server says and what is in it. Types other than text are refused. */
export function contentOf({ url, type, bytes }: Pick<FetchedPage, 'url' | 'type' | 'bytes'>): PageContent | Failure {
  const head = Buffer.from(bytes.subarray(0, LOOK)).toString('latin1')
  if (head.startsWith('%PDF-')) return unread(url, 'a PDF')
  const isText = type === '' || HTML.test(type) || TEXT.test(type)
  if (!isText) return unread(url, `of the type ${type.split(';', 1)[0] ?? ''}`)
  const charset = /charset=["']?([\w-]+)/i.exec(type)?.[1] ?? /<meta[^>]+charset=["']?([\w-]+)/i.exec(head)?.[1]
  const isWide = /^utf-?16/i.test(charset ?? '') || /^(?:\xff\xfe|\xfe\xff)/.test(head)
  if (!isWide && head.includes('\0')) return unread(url, 'no text')
  const html = HTML.test(type) || (type === '' && /^\s*</.test(head))
  return { kind: 'content', text: decoder(charset, head).decode(bytes), html }
}

function decoder(charset: string | undefined, head: string): InstanceType<typeof TextDecoder> {
  if (head.startsWith('\xff\xfe')) return new TextDecoder('utf-16le')
  if (head.startsWith('\xfe\xff')) return new TextDecoder('utf-16be')
  try {
    return new TextDecoder(charset)
  } catch (error) {
    if (error instanceof RangeError) return new TextDecoder()
    throw error
  }
}

function unread(url: string, what: string): Failure {
  return failed('unsupported_type', `${url} is ${what}, which is not read here. Look for the same as a web page.`)
}
