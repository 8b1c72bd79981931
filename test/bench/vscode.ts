import { bundleForHost } from '../support/vscode/bundle.ts'
import { CHANNEL_VARIABLE, listen } from '../support/vscode/channel.ts'
import { runInVsCode } from '../support/vscode/runInVsCode.ts'
import { copyWorkspace } from '../support/vscode/workspace.ts'
import type { Row } from './report.ts'

/** What can only be measured inside a real VS Code: it sends its rows here. */
export async function insideVsCode(): Promise<Row[]> {
  const rows: Row[] = []
  const module = await bundleForHost('test/bench/inHost.ts', 'bench')
  await using workspace = await copyWorkspace()
  await using channel = await listen((message) => rows.push(message as Row))
  const code = await runInVsCode({
    module,
    workspace: workspace.path,
    env: { [CHANNEL_VARIABLE]: String(channel.port) },
  })
  if (code !== 0) throw new Error(`VS Code ended with ${code}`)
  return rows
}
