/** `npm run check`: what is quick enough to run before each commit. */
import { quickParts, runParts } from './parts.ts'

await runParts(quickParts)
