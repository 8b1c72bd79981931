import type { Failure } from '../ports.ts'
import type { CancellationToken } from '../scheduling/cancellation.ts'
import { type FetchedPage, fetchPage, type FetchParts, type FetchRequest } from './fetchPage.ts'
import type { PageMessage, PageText } from './pageMessages.ts'
import { readPage } from './pages.ts'

/** The public web, for tools. */
export interface Web {
  /** @throws {CancelledError} when cancelled before anything of the page has come */
  fetch(request: FetchRequest, token: CancellationToken): Promise<FetchedPage | Failure>
  /** A page's text in Markdown; never throws, bounded in time also when the token is cancelled. */
  markdown(page: PageMessage, token: CancellationToken): Promise<PageText>
}

/** @param parts `program` is the worker's that reads pages */
export function publicWeb(parts: FetchParts & { program: string }): Web {
  return {
    fetch: (request, token) => fetchPage(request, parts, token),
    markdown: (page, token) => readPage(page, parts, token),
  }
}
