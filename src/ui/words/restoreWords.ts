import type { RestoreState } from '../../protocol/restores.ts'
import { plural } from './spans.ts'

const TITLES: Record<RestoreState['scope'], string> = {
  files: 'Files restored',
  conversation: 'Conversation restored',
  both: 'Files and conversation restored',
}

/** What the user went back to. */
export function restoreTitle({ scope, undoes }: RestoreState): string {
  return undoes === undefined ? TITLES[scope] : 'Restore undone'
}

/** What became of the files, as counts. */
export function restoreSums({ files }: RestoreState): string[] {
  if (files === undefined) return []
  const { restored, merged, left } = files
  const sums = [
    restored.length > 0 && `${plural(restored.length, 'file')} as before`,
    merged.length > 0 && `${merged.length} merged with later changes`,
    left.length > 0 && `${left.length} left alone`,
  ].filter((sum) => sum !== false)
  return sums.length > 0 ? sums : ['No file had to change']
}
