import type { Listing } from '../approvals/shell/look.ts'
import { CancellationSource } from '../scheduling/cancellation.ts'
import type { ToolPorts } from './ports.ts'
import { ripgrep } from './ripgrep.ts'
import { failed } from './tool.ts'

const LONGEST_MS = 5_000

/** Files as ripgrep finds them, so that a search of the shell's is judged by the files that it would read. */
export function fileListing(ports: Pick<ToolPorts, 'processes' | 'ripgrep'>): Listing {
  return {
    async files(path, all, each) {
      const source = new CancellationSource()
      const timer = setTimeout(() => source.cancel('timeout'), LONGEST_MS)
      const which = all ? ['--no-ignore'] : ['--no-hidden']
      const onRecord = (found: string | undefined): boolean => found === undefined || each(found)
      const args = ['--files', '--null', ...which, '--', path]
      const end = await ripgrep(ports, { cwd: '/', args, separator: '\0', onRecord }, source.token)
      clearTimeout(timer)
      if (source.token.isCancellationRequested) return failed('too_slow', 'There are too many files to look through.')
      return end.kind === 'failed' ? end : undefined
    },
  }
}
