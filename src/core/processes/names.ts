/** Ids of what goes on in the background: chosen and taken in one tick, so that no two are the same. */
export class Names {
  readonly #taken = new Set<string>()

  /** The name itself, or with `-2`, `-3` … behind it. */
  reserve(name: string): string {
    const base = name.replaceAll(/[^\w.-]+/g, '-').replaceAll(/^-+|-+$/g, '') || 'command'
    let id = base
    for (let n = 2; this.#taken.has(id); n++) id = `${base}-${n}`
    this.#taken.add(id)
    return id
  }

  release(id: string): void {
    this.#taken.delete(id)
  }
}
