import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { Approvals, type Verdict } from '../../../../src/core/approvals/approvals.ts'
import { neverCancelled } from '../../../../src/core/scheduling/cancellation.ts'
import { editFile } from '../../../../src/core/tools/editFile.ts'
import { failed, type Plan, type ToolResult } from '../../../../src/core/tools/tool.ts'
import { writeFile } from '../../../../src/core/tools/writeFile.ts'
import type { ApprovalRequest } from '../../../../src/protocol/events.ts'
import type { ApprovalMode } from '../../../../src/protocol/messages.ts'
import { Workbench } from '../tools/workbench.ts'
import { noCalls } from '../../../support/openGate.ts'

const BEFORE = 'one\ntwo\nthree\nfour\nfive\nsix\nseven\neight\nnine\n'
const edit = { path: 'a.txt', edits: [{ old_text: 'two', new_text: 'TWO' }] }

/** A call of edit_file that is shown before it is made. */
class Story {
  readonly approvals = new Approvals({ headless: false })
  readonly requests: ApprovalRequest[] = []
  readonly bench: Workbench
  #plan: Plan | undefined

  constructor(bench: Workbench) {
    this.bench = bench
  }

  /** Asks once, or again with the same call. */
  async check(mode: ApprovalMode = 'all', input: unknown = edit): Promise<Verdict> {
    const plan = await editFile(this.bench.ports).plan(editFile(this.bench.ports).input.parse(input))
    if ('kind' in plan) throw new Error(plan.message)
    this.#plan = plan
    const call = { callId: 'c1', tool: 'edit_file', input, action: plan.action, mode, trusted: true }
    const hooks = { ask: (request: ApprovalRequest) => void this.requests.push(request), answered: () => undefined }
    return this.approvals.check({ ...call, review: 'before' }, hooks, neverCancelled)
  }

  /** Settles when so many questions were put. */
  async asked(count: number): Promise<ApprovalRequest> {
    for (;;) {
      const request = this.requests[count - 1]
      if (request !== undefined) return request
      await new Promise((resolve) => setImmediate(resolve))
    }
  }

  allow(request: ApprovalRequest): boolean {
    return this.approvals.answer('c1', request.fingerprint, 'once')
  }

  async run(): Promise<ToolResult> {
    if (this.#plan === undefined) return failed('none', 'not planned')
    const progress = {
      owner: { sessionId: 's', turnId: 't', callId: 'c1' },
      reach: 'user' as const,
      permits: async () => true,
      children: () => noCalls,
      output: () => undefined,
      waiting: () => undefined,
      onBackground: () => undefined,
      ask: async () => '',
    }
    return this.#plan.run(progress, neverCancelled)
  }

  read(): Promise<string> {
    return readFile(join(this.bench.folder, 'a.txt'), 'utf8')
  }
}

async function begin(): Promise<Story & AsyncDisposable> {
  const bench = await Workbench.open({ 'a.txt': BEFORE })
  return Object.assign(new Story(bench), { [Symbol.asyncDispose]: () => bench[Symbol.asyncDispose]() })
}

describe('an edit that is shown before it is made', () => {
  it('asks in every mode, and is made as it was shown', async () => {
    for (const mode of ['ask', 'edits', 'all'] as const) {
      await using story = await begin()
      const verdict = story.check(mode)
      const request = await story.asked(1)
      expect(request).toMatchObject({ editable: true, canRemember: false, previews: [{ path: 'a.txt', added: 1 }] })
      expect(request.reason).toContain('shown before they are made')
      expect(story.allow(request)).toBe(true)
      expect(await verdict).toMatchObject({ kind: 'allowed' })
      await story.run()
      expect(await story.read()).toBe(BEFORE.replace('two', 'TWO'))
    }
  })

  it('is made with the user’s own words, when those were shown; the model hears of it', async () => {
    await using story = await begin()
    const verdict = story.check()
    const first = await story.asked(1)
    expect(story.approvals.amend('c1', BEFORE.replace('two', 'mine').replace('nine', 'mine too'))).toBe(true)
    const second = await story.asked(2)
    expect(second.previews).toMatchObject([{ added: 2, removed: 2 }])
    expect(second.reason).toContain('You have changed it')
    // What was not shown last is not what is allowed.
    expect(story.allow(first)).toBe(false)
    expect(story.allow(second)).toBe(true)
    await verdict
    // The plan is made anew after a question; the answer holds.
    expect(await story.check()).toMatchObject({ kind: 'allowed', fingerprint: second.fingerprint })
    const result = await story.run()
    expect(await story.read()).toBe(BEFORE.replace('two', 'mine').replace('nine', 'mine too'))
    expect('text' in result && result.text).toMatch(/The user changed your edit .*\n[^]*\+mine too/)
  })

  it('needs a new answer when the file has changed near it meanwhile', async () => {
    await using story = await begin()
    const verdict = story.check()
    story.allow(await story.asked(1))
    await verdict
    await story.bench.write({ 'a.txt': BEFORE.replace('three', 'changed') })
    const again = story.check()
    const second = await story.asked(2)
    expect(second.fingerprint).not.toBe(story.requests[0]?.fingerprint)
    story.approvals.answer('c1', second.fingerprint, 'deny')
    expect(await again).toMatchObject({ kind: 'denied', by: 'user' })
  })

  it('keeps the user’s words where the file has changed elsewhere, and gives them up where it has in their lines', async () => {
    await using story = await begin()
    const verdict = story.check()
    await story.asked(1)
    story.approvals.amend('c1', BEFORE.replace('two', 'mine'))
    story.allow(await story.asked(2))
    await verdict
    await story.bench.write({ 'a.txt': `${BEFORE}ten\n` })
    expect(await story.check()).toMatchObject({ kind: 'allowed' })
    await story.bench.write({ 'a.txt': BEFORE.replace('two', 'two, theirs') })
    const again = story.check()
    const third = await story.asked(3)
    expect(third.reason).not.toContain('You have changed it')
    story.allow(third)
    await again
    await story.run()
    expect(await story.read()).toBe(BEFORE.replace('two', 'TWO, theirs'))
  })

  it('is refused when its lines have changed after the answer', async () => {
    await using story = await begin()
    const verdict = story.check()
    story.allow(await story.asked(1))
    await verdict
    await story.bench.write({ 'a.txt': BEFORE.replace('two', 'theirs') })
    expect(await story.run()).toMatchObject({ kind: 'failed', code: 'conflict' })
    expect(await story.read()).toBe(BEFORE.replace('two', 'theirs'))
  })

  it('is shown also where another rule asks, with that rule’s reason', async () => {
    const bench = await Workbench.open({})
    const tool = writeFile(bench.ports)
    const input = { path: '.vscode/tasks.json', content: '{}\n' }
    const plan = await tool.plan(input)
    if ('kind' in plan) throw new Error(plan.message)
    const approvals = new Approvals({ headless: true })
    const call = { callId: 'c1', tool: tool.name, input, action: plan.action, mode: 'all', trusted: true } as const
    const hooks = { ask: () => undefined, answered: () => undefined }
    const verdict = await approvals.check({ ...call, review: 'before' }, hooks, neverCancelled)
    expect(verdict).toMatchObject({ kind: 'denied', by: 'headless' })
    expect('message' in verdict && verdict.message).toMatch(/can make VS Code run things.*Show diff/)
    await bench[Symbol.asyncDispose]()
  })
})
