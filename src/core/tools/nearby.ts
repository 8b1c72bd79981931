import { readdir } from 'node:fs/promises'
import { basename, dirname } from 'node:path'
import type { Failure, FileTarget } from '../ports.ts'

const MOST = 5

/** A failure for a missing file that names the files which may have been meant. */
export async function withNearest(failure: Failure, target: FileTarget): Promise<Failure> {
  if (failure.code !== 'not_found') return failure
  const names = await nearest(target.path)
  const folder = target.display.slice(0, target.display.length - basename(target.display).length)
  const list = names.map((name) => folder + name).join(', ')
  const hint = names.length === 0 ? 'Look for it with find_files.' : `Near it: ${list}. Or look for it with find_files.`
  return { ...failure, message: `${target.display} does not exist. ${hint}` }
}

async function nearest(path: string): Promise<string[]> {
  const asked = basename(path).toLowerCase()
  const entries = await list(dirname(path))
  const scored = entries.map((name) => ({ name, distance: distance(asked, name.toLowerCase()) }))
  return scored
    .filter((entry) => entry.distance <= Math.max(2, asked.length / 2))
    .toSorted((a, b) => a.distance - b.distance || a.name.localeCompare(b.name))
    .slice(0, MOST)
    .map(({ name }) => name)
}

/** A folder that cannot be listed has nothing near. */
async function list(folder: string): Promise<string[]> {
  try {
    return (await readdir(folder)).slice(0, 2_000)
  } catch {
    return []
  }
}

/** How many letters must be changed, added or taken out. */
function distance(a: string, b: string): number {
  let row = Array.from({ length: b.length + 1 }, (_, at) => at)
  for (const [i, letter] of a.split('').entries()) {
    const next = [i + 1]
    for (let j = 1; j <= b.length; j++) {
      const change = (row[j - 1] ?? 0) + (b[j - 1] === letter ? 0 : 1)
      next.push(Math.min(change, (row[j] ?? 0) + 1, (next[j - 1] ?? 0) + 1))
    }
    row = next
  }
  return row[b.length] ?? 0
}
