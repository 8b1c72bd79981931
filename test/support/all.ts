/** `npm test`: everything. `npm run test:long`: the property tests with many more runs. */
import { parseArgs } from 'node:util'
import { allParts, runParts } from './parts.ts'

const { values } = parseArgs({ options: { long: { type: 'boolean', default: false } } })
await runParts(allParts(values.long))
