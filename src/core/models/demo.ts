import type { Clock } from '../ports.ts'
import type { CancellationToken } from '../scheduling/cancellation.ts'
import { type Answer, about } from './demo/answer.ts'
import { conversation } from './demo/conversation.ts'
import { explain } from './demo/explain.ts'
import { fixProblem } from './demo/fixProblem.ts'
import { fixTests } from './demo/fixTests.ts'
import type { Model, ModelPart, ModelRequest } from './model.ts'

/** As the panel shows it. */
export const DEMO_LABEL = 'Demo: a script, not an AI'

/** Between two pieces of the answer, in ms. */
const PACE_MS = 12

/** The demo: answers from a script, in the pace of a model, and asks for real tools. */
export function demoModel(clock: Clock): Model {
  return {
    id: 'demo',
    async *stream(request, token) {
      for (const part of parts(decide(request))) {
        if (!(await pause(clock, token))) return
        yield part
      }
    },
  }
}

/** The script's next step, from the prompt and the results since then. */
function decide(request: ModelRequest): Answer {
  const { prompt, done } = conversation(request.messages)
  const answer = choose(prompt)(done)
  const offered = new Set(request.tools.map(({ name }) => name))
  const missing = answer.calls.find(({ name }) => !offered.has(name))
  if (missing === undefined) return answer
  return {
    text: `I need the tool ${missing.name}, which is not there, so I stop here. I am a script, not an AI.`,
    calls: [],
  }
}

function choose(prompt: string): (done: Parameters<typeof fixTests>[0]) => Answer {
  const repairs = /\b(fix|repair|solve|correct)/i.test(prompt)
  if (/\btests?\b/i.test(prompt) && (repairs || /\b(run|fail|pass)/i.test(prompt)) && !/opening\.js/.test(prompt))
    return fixTests
  if (repairs) return (done) => fixProblem(prompt, done)
  if (/\b(workspace|project|repository|code ?base)\b/i.test(prompt)) return explain
  return about
}

function* parts({ text, calls }: Answer): Generator<ModelPart> {
  for (const piece of text.match(/\S*\s*/g) ?? []) if (piece !== '') yield { type: 'text', text: piece }
  for (const [index, { name, input }] of calls.entries()) {
    const json = JSON.stringify(input)
    const half = Math.ceil(json.length / 2)
    yield { type: 'call', index, name, arguments: json.slice(0, half) }
    yield { type: 'call', index, arguments: json.slice(half) }
  }
  yield { type: 'end', reason: calls.length > 0 ? 'calls' : 'stop' }
}

/** False when the token was cancelled meanwhile. */
function pause(clock: Clock, token: CancellationToken): Promise<boolean> {
  return new Promise((resolve) => {
    const end = (): void => {
      timer.dispose()
      link.dispose()
      resolve(!token.isCancellationRequested)
    }
    const timer = clock.after(PACE_MS, end)
    const link = token.onCancellationRequested(end)
  })
}
