import fc from 'fast-check'
import { expect, test } from 'vitest'
import type { CancelReason } from '../../../../src/protocol/events.ts'
import { CancellationSource } from '../../../../src/core/scheduling/cancellation.ts'
import { hops, propertyMs, runs } from '../../../support/settled.ts'

const reasons: CancelReason[] = ['steer', 'timeout', 'stop', 'dispose']

/** A source as the model sees it. */
interface Node {
  source: CancellationSource
  /** None once it was disposed of. */
  parent: Node | undefined
  reason: CancelReason | undefined
  children: Node[]
  listeners: Listener[]
}

interface Listener {
  heard: number
  due: number
  registration: { dispose(): void } | undefined
  live: boolean
}

type Move = { kind: 'child' | 'listen' | 'silence' | 'dispose' | 'rest'; pick: number } | Cancel
type Cancel = { kind: 'cancel'; pick: number; reason: CancelReason }

const pick = fc.nat({ max: 20 })
const move: fc.Arbitrary<Move> = fc.oneof(
  fc.record({ kind: fc.constantFrom('child', 'listen', 'listen', 'silence', 'dispose', 'rest'), pick }),
  fc.record({ kind: fc.constant('cancel' as const), pick, reason: fc.constantFrom(...reasons) }),
)

test(
  'tokens hold to a tree in which reasons only get stronger, under any schedule',
  async () => {
    await fc.assert(fc.asyncProperty(fc.array(move, { maxLength: 30, size: 'max' }), play), {
      seed: 21,
      numRuns: runs(3_000),
    })
  },
  propertyMs,
)

async function play(moves: Move[]): Promise<void> {
  const nodes: Node[] = [newNode(undefined)]
  for (const one of moves) {
    const node = nodes[one.pick % nodes.length] as Node
    make(one, node, nodes)
    if (one.kind === 'rest') await hops(undefined)
    for (const each of nodes) expect(each.source.token.reason).toBe(each.reason)
    for (const each of nodes) expect(each.source.token.signal.aborted).toBe(each.reason !== undefined)
  }
  await hops(undefined)
  for (const node of nodes.toReversed()) {
    for (const { heard, due } of node.listeners) expect(heard).toBe(due)
    node.source.dispose()
  }
  for (const { source } of nodes) expect(source.attached).toEqual({ listeners: 0, children: 0 })
}

function newNode(parent: Node | undefined): Node {
  const { reason } = parent ?? {}
  const node: Node = { source: new CancellationSource(parent?.source), parent, reason, children: [], listeners: [] }
  parent?.children.push(node)
  return node
}

function make(one: Move, node: Node, nodes: Node[]): void {
  switch (one.kind) {
    case 'child':
      nodes.push(newNode(node))
      break
    case 'listen':
      return listen(node)
    case 'silence': {
      const listener = node.listeners.findLast(({ live }) => live)
      listener?.registration?.dispose()
      if (listener !== undefined) listener.live = false
      // Told in a microtask, it has not heard yet and never will.
      if (listener !== undefined) listener.due = listener.heard
      return
    }
    case 'dispose':
      node.parent = undefined
      for (const listener of node.listeners) if (node.reason === undefined) listener.live = false
      return node.source.dispose()
    case 'cancel': {
      node.source.cancel(one.reason)
      return spread(node, one.reason)
    }
    case 'rest':
  }
}

function listen(node: Node): void {
  const listener: Listener = { heard: 0, due: node.reason === undefined ? 0 : 1, registration: undefined, live: true }
  listener.registration = node.source.token.onCancellationRequested(() => listener.heard++)
  node.listeners.push(listener)
}

/** To itself and to all that hang on it. */
function spread(node: Node, reason: CancelReason): void {
  if (node.reason === undefined) for (const listener of node.listeners) if (listener.live) listener.due = 1
  if (node.reason === undefined || reasons.indexOf(reason) > reasons.indexOf(node.reason)) node.reason = reason
  for (const child of node.children) if (child.parent === node) spread(child, reason)
}
