import { APIError } from 'openai'

const refusals =
  /unrecognized|unknown (field|param|argument|name|key)|unexpected (field|param|argument|keyword)|extra[ _](field|input|forbidden)|additional propert|not permitted/i

/** Fields of a request that some endpoints refuse: left out from then on. */
export class OptionalFields<Field extends string> {
  readonly #left: Map<Field, RegExp>

  /** @param words how an endpoint names each field when it refuses it */
  constructor(words: Readonly<Record<Field, RegExp>>) {
    // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- the keys of the record are its fields
    this.#left = new Map(Object.entries(words) as [Field, RegExp][])
  }

  has(field: Field): boolean {
    return this.#left.has(field)
  }

  /** Sends the request, and again without what the endpoint refuses of it. */
  async sent<T>(send: () => Promise<T>): Promise<T> {
    for (;;) {
      try {
        return await send()
      } catch (error) {
        if (!this.#learn(error)) throw error
      }
    }
  }

  /** Whether there is less to send now. */
  #learn(error: unknown): boolean {
    if (!(error instanceof APIError) || (error.status !== 400 && error.status !== 422)) return false
    const said = `${error.message} ${error.param}`
    const named = [...this.#left].filter(([, words]) => words.test(said))
    const refused = named.length === 0 && refusals.test(said) ? [...this.#left] : named
    for (const [field] of refused) this.#left.delete(field)
    return refused.length > 0
  }
}
