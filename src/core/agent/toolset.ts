import type { ToolDefinition } from '../models/model.ts'
import type { BackgroundTable } from '../processes/background.ts'
import type { CancellationToken } from '../scheduling/cancellation.ts'
import { auxiliaryTools } from '../tools/auxiliaryTools.ts'
import { toolDefinitions, tools } from '../tools/catalog.ts'
import { ProblemNews } from '../tools/problemNews.ts'
import { ReadVersions } from '../tools/readVersions.ts'
import type { Tool } from '../tools/tool.ts'
import type { Spending } from './budget.ts'
import type { SessionParts } from './parts.ts'

/** What of the session its tools go by. */
interface OfSession {
  id: string
  /** The model that it has chosen, if it has. */
  chosen: () => string | undefined
}

/** One session's tools, and what they remember of it. The definitions never change, so that endpoints can cache them. */
export class Toolset {
  readonly byName: ReadonlyMap<string, Tool>
  readonly definitions: ToolDefinition[]
  readonly #versions = new ReadVersions()

  /** @param session whose tools these are */
  constructor(parts: SessionParts, background: BackgroundTable, spending: Spending, session: OfSession) {
    const news = new ProblemNews(parts.diagnostics, parts.clock)
    const ports = { ...parts, background, spending, versions: this.#versions, news }
    const all = tools(ports, beyond(parts, spending, session))
    this.byName = new Map(all.map((tool) => [tool.name, tool]))
    this.definitions = toolDefinitions(all)
  }

  /** What the session wrote counts as read from now on. */
  stepEnded(): void {
    this.#versions.stepEnded()
  }
}

function beyond(parts: SessionParts, spending: Spending, { id, chosen }: OfSession): Tool[] {
  const { auxiliary, models } = parts
  if (auxiliary === undefined) return []
  const acquire = (model: string | undefined, token: CancellationToken) => models.acquire(model, token)
  const session = { id, chosen, acquire, model: (token: CancellationToken) => acquire(chosen(), token) }
  return auxiliaryTools({ ...parts, ...auxiliary, spending, session })
}
