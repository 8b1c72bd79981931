import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { applyHunks } from '../../src/core/edits/patchApply.ts'
import { parsePatch } from '../../src/core/edits/patchParse.ts'
import { applyEdits, ordered } from '../../src/core/edits/textEdits.ts'
import { hunksBetween, printPatch } from '../support/patches.ts'
import type { Row } from './report.ts'

const LINES = 50_000
const HUNKS = 500
const ROUNDS = 150

/** A patch of many hunks, read, placed and applied to a file's text, against reading and splitting that file. */
export async function patch(): Promise<Row[]> {
  const folder = mkdtempSync(join(tmpdir(), 'stretto-bench-'))
  const path = join(folder, 'large.ts')
  try {
    const lines = Array.from({ length: LINES }, (_, i) => `    const value${i} = compute(${i % 97}, 'some words')`)
    const every = LINES / HUNKS
    const changed = lines.map((line, i) => (i % every === every / 2 ? `${line} // changed` : line))
    const [before, after] = [`${lines.join('\n')}\n`, `${changed.join('\n')}\n`]
    writeFileSync(path, before)
    const words = printPatch([{ kind: 'update', path: 'large.ts', hunks: hunksBetween(before, after, 3) }])
    const floor: number[] = []
    const ours: number[] = []
    for (let round = 0; round < ROUNDS; round++) {
      floor.push(spent(() => readFileSync(path, 'utf8').split('\n')))
      const text = Buffer.from(before).toString()
      let made = ''
      ours.push(spent(() => (made = applied(words, text))))
      if (made !== after) throw new Error('the patch made another text')
    }
    // The quickest of each: what another program took from one round it did not take from both.
    const [usual, least] = [Math.min(...ours), Math.min(...floor)]
    const detail = `${HUNKS} hunks, ${LINES} lines: ${usual.toFixed(1)} ms; reading and splitting: ${least.toFixed(1)} ms`
    return [
      { name: 'a patch applied / reading and splitting the file', detail, value: usual / least, unit: '×', target: 3 },
    ]
  } finally {
    rmSync(folder, { recursive: true })
  }
}

function applied(words: string, text: string): string {
  const parsed = parsePatch(words)
  const [file] = parsed.kind === 'patch' ? parsed.files : []
  const found = file?.kind === 'update' ? applyHunks(text, file.hunks) : undefined
  if (found === undefined || 'kind' in found) throw new Error('the patch does not apply')
  return applyEdits(text, ordered(found.edits, text.length))
}

function spent(work: () => unknown): number {
  const start = performance.now()
  work()
  return performance.now() - start
}
