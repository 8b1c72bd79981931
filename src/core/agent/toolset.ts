import type { ToolDefinition } from '../models/model.ts'
import type { BackgroundTable } from '../processes/background.ts'
import { toolDefinitions, tools } from '../tools/catalog.ts'
import { ProblemNews } from '../tools/problemNews.ts'
import { ReadVersions } from '../tools/readVersions.ts'
import type { Tool } from '../tools/tool.ts'
import type { Spending } from './budget.ts'
import type { SessionParts } from './parts.ts'

/** One session's tools, and what they remember of it. The definitions never change, so that endpoints can cache them. */
export class Toolset {
  readonly byName: ReadonlyMap<string, Tool>
  readonly definitions: ToolDefinition[]
  readonly #versions = new ReadVersions()

  constructor(parts: SessionParts, background: BackgroundTable, spending: Spending) {
    const news = new ProblemNews(parts.diagnostics, parts.clock)
    const all = tools({ ...parts, background, spending, versions: this.#versions, news })
    this.byName = new Map(all.map((tool) => [tool.name, tool]))
    this.definitions = toolDefinitions(all)
  }

  /** What the session wrote counts as read from now on. */
  stepEnded(): void {
    this.#versions.stepEnded()
  }
}
