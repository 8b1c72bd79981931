import type { BudgetQuestion } from '../../protocol/events.ts'
import { amount, dollars } from './spans.ts'

/** What a turn that waits at a limit says: what is the matter, and what would come. */
export function budgetWords(question: BudgetQuestion): { title: string; detail: string; goOn: string } {
  switch (question.kind) {
    case 'usd':
    case 'tokens': {
      const { kind, limit, spent, estimate, more } = question
      const say = (n: number): string => (kind === 'usd' ? dollars(n) : amount(n))
      const title = `The limit of ${kind === 'usd' ? dollars(limit) : `${amount(limit)} tokens`} is reached`
      const detail = `This session has taken ${say(spent)}; the next request would take about ${say(estimate)}. Raising the limit adds ${say(more)}, for this session.`
      return { title, detail, goOn: 'Raise the limit' }
    }
    case 'price': {
      const title = `The price of ${question.model} is not known`
      const detail = `The limit of ${dollars(question.limit)} cannot be kept with it. Its price can be given in the models file.`
      return { title, detail, goOn: 'Go on without the limit' }
    }
  }
}
