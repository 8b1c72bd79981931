import { Confinement } from '../../src/core/sandbox/confinement.ts'

/** Everything runs as the user would run it. */
export const noWalls = new Confinement({ workspace: { folders: () => [], trusted: () => true }, enabled: () => false })
