import type { Diagnostics, Languages } from '../../src/core/ports.ts'
import type { ProblemNews } from '../../src/core/tools/problemNews.ts'

/** A window without language services. */
export const noLanguages: Languages = {
  find: async () => [],
  definitions: async () => [],
  references: async () => [],
  rename: async () => [],
}

export const noDiagnostics: Diagnostics = {
  problems: () => [],
  speaksOf: () => false,
  onChanged: () => ({ dispose: () => {} }),
}

export const noNews: Pick<ProblemNews, 'watch'> = {
  watch: () => ({ news: async () => undefined, [Symbol.dispose]: () => {} }),
}
