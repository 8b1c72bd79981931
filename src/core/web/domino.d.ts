/** As much of this DOM as is used here; it has no types of its own for it. */
declare module '@mixmark-io/domino' {
  export interface PageNode {
    readonly textContent: string
    cloneNode(deep: boolean): PageElement
  }
  export interface PageElement extends PageNode {
    getAttribute(name: string): string | null
    setAttribute(name: string, value: string): void
    removeAttribute(name: string): void
    remove(): void
    querySelector(selector: string): PageElement | null
    querySelectorAll(selector: string): ArrayLike<PageElement>
  }
  export interface PageDocument extends Pick<PageElement, 'querySelector' | 'querySelectorAll'> {
    readonly title: string
    readonly body: PageElement | null
    readonly childNodes: ArrayLike<PageNode>
    getElementsByTagName(name: string): ArrayLike<PageElement>
  }
  const domino: { createWindow(html: string, url: string): { document: PageDocument } }
  export default domino
}
