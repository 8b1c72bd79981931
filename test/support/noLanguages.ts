import type { Languages } from '../../src/core/ports.ts'

/** A window without language services. */
export const noLanguages: Languages = {
  find: async () => [],
  definitions: async () => [],
  references: async () => [],
  rename: async () => [],
}
