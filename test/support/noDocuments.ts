import type { Documents } from '../../src/core/ports.ts'

/** A window in which no file is open and none can be edited. */
export const noDocuments: Documents = {
  read: async () => ({ kind: 'failed', code: 'not_found', message: 'There are no documents here.' }),
  edit: async () => ({ kind: 'failed', code: 'not_found', message: 'There are no documents here.' }),
  change: async () => ({ kind: 'failed', code: 'not_found', message: 'There are no documents here.' }),
  unsaved: () => [],
}
