import { describe, expect, it } from 'vitest'
import { Cards } from '../../../src/ui/cards.ts'
import type { Host, Kept } from '../../../src/ui/host.ts'

function keeping(kept: Kept = {}): Host {
  return { post: () => undefined, kept: () => kept, keep: (next) => (kept = next) }
}

describe('the cards', () => {
  it('keep what the user opened over a reload of the same session', () => {
    const host = keeping()
    const cards = new Cards(host)
    cards.ofSession('one')
    cards.choose('c1', true)
    cards.chooseStep('s1', true)
    const again = new Cards(host)
    again.ofSession('one')
    expect(again.isOpen('c1')).toBe(true)
    expect(again.stepChoice('s1')).toBe(true)
  })

  it('open nothing in another session, whose calls have the same ids', () => {
    const host = keeping()
    const cards = new Cards(host)
    cards.ofSession('one')
    cards.choose('c1', true)
    cards.chooseStep('s1', true)
    cards.openItself('c2', true)
    cards.ofSession('two')
    expect(cards.isOpen('c1')).toBe(false)
    expect(cards.isOpen('c2')).toBe(false)
    expect(cards.stepChoice('s1')).toBeUndefined()
    const again = new Cards(host)
    again.ofSession('two')
    expect(again.isOpen('c1')).toBe(false)
  })
})
