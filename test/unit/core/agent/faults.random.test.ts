import type { ServerResponse } from 'node:http'
import { expect, test } from 'vitest'
import type { SessionEvent } from '../../../../src/protocol/events.ts'
import { hasEnded } from '../../../../src/protocol/state.ts'
import { problemOf } from '../../../../src/ui/words/problems.ts'
import { refuse } from '../../../support/faultyServer.ts'
import type { Api } from '../../../../src/core/models/endpoint.ts'
import { faultWorld, type FaultWorld } from '../../../support/model/faultWorld.ts'
import { chatAnswer, Dice, responsesAnswer } from '../../../support/model/randomAnswers.ts'
import { propertyMs, runs } from '../../../support/settled.ts'

/** Requests of a seed that meet faults; those after them are answered well. */
const FAULTY_REQUESTS = 12

function asStream(chunks: readonly object[], dice: Dice): string {
  const lines = chunks.map((each) => `data: ${JSON.stringify(each)}\n\n`)
  const odd = dice.one([
    '',
    '',
    '',
    ': ping\n\n',
    'data: {"choi\n\n',
    'data: {"error":{"message":"Overloaded"}}\n\n',
    'data: []\n\n',
  ])
  lines.splice(dice.below(lines.length + 1), 0, odd)
  return `${lines.join('')}data: [DONE]\n\n`
}

/** Sends the answer, whole or not, in pieces of any size. */
function stream(response: ServerResponse, body: string, dice: Dice, world: FaultWorld): void {
  const how = dice.one(['whole', 'whole', 'cut', 'ended', 'silent'] as const)
  const bytes = Buffer.from(body)
  const until = how === 'whole' ? bytes.length : dice.below(bytes.length)
  response.writeHead(200, { 'content-type': 'text/event-stream' })
  response.flushHeaders()
  for (let at = 0; at < until;) {
    const next = Math.min(until, at + 1 + dice.below(200))
    response.write(bytes.subarray(at, next))
    at = next
  }
  if (how === 'silent') return world.silence(response)
  if (how === 'cut') response.write('', () => response.socket?.destroy())
  else response.end()
}

function misbehave(response: ServerResponse, count: number, dice: Dice, world: FaultWorld): void {
  const { messages, input = messages } = world.server.bodies.at(-1) ?? {}
  const length = Array.isArray(input) ? input.length : 0
  const chunksOf = messages === undefined ? responsesAnswer : chatAnswer
  const calm = count > FAULTY_REQUESTS
  const kind = calm
    ? 'answer'
    : dice.one(['answer', 'answer', 'answer', 'answer', 'status', 'page', 'drop', 'hang'] as const)
  switch (kind) {
    case 'answer': {
      const body = asStream(chunksOf(dice, length, calm), calm ? new Dice(0) : dice)
      if (calm) return void response.writeHead(200, { 'content-type': 'text/event-stream' }).end(body)
      return stream(response, body, dice, world)
    }
    case 'status': {
      const headers = dice.one<Record<string, string>>([{}, {}, { 'retry-after': '3' }, { 'retry-after': '90' }])
      return refuse(response, dice.one([400, 401, 404, 408, 429, 429, 500, 502, 503, 529]), { message: 'no' }, headers)
    }
    case 'page':
      return void response.writeHead(200, { 'content-type': 'text/html' }).end('<html>')
    case 'drop':
      return void response.socket?.destroy()
    case 'hang':
      return world.silence(response)
  }
}

/** Pauses for another attempt that came after part of an answer was shown. */
function hiddenRepeats({ events }: FaultWorld): SessionEvent[] {
  let shown = false
  return events.filter((event) => {
    if (event.type === 'stepStarted') shown = false
    if (event.type === 'callDrafted' || (event.type === 'textAdded' && event.text.trim() !== '')) shown = true
    return shown && event.type === 'notice' && event.retryAt !== undefined
  })
}

/** What must hold whenever a turn has ended. */
function check(world: FaultWorld, error: string | undefined, seed: number): void {
  const { session, invalid, reads, clock } = world
  const of = `seed ${seed}`
  const known = error === undefined || problemOf(error).title !== 'The turn failed'
  expect(known, `${of}: ${error} has words`).toBe(true)
  expect(session.state.status, of).toBe('idle')
  expect(
    session.state.calls.filter((call) => !hasEnded(call)),
    of,
  ).toEqual([])
  expect(
    session.state.messages.filter((message) => message.role === 'assistant' && message.streaming),
    of,
  ).toEqual([])
  expect(invalid, of).toEqual([])
  expect(reads.length, `${of}: no call runs twice`).toBe(new Set(reads).size)
  expect(hiddenRepeats(world), of).toEqual([])
  expect(clock.pending, of).toBe(0)
}

async function run(seed: number, apis: readonly Api[]): Promise<{ requests: number; errors: (string | undefined)[] }> {
  const dice = new Dice(seed)
  await using world = await faultWorld((response, count, its) => misbehave(response, count, dice, its))
  const errors: (string | undefined)[] = []
  for (let turn = 0; world.server.bodies.length <= FAULTY_REQUESTS; turn++) {
    world.speak(dice.one(apis))
    const { error } = await world.turn(turn === 0 ? 'go' : 'Continue.')
    errors.push(error?.code)
    check(world, error?.code, seed)
  }
  // Whatever has happened, the conversation can go on.
  expect(await world.turn('Continue.'), `seed ${seed}`).toMatchObject({ status: 'completed', text: 'All done.' })
  check(world, undefined, seed)
  return { requests: world.server.bodies.length, errors }
}

test.each<[string, Api[]]>([
  ['Chat Completions', ['chat']],
  ['the Responses API', ['responses']],
  ['one and then the other', ['chat', 'responses']],
])(
  'whatever a server of %s does, every turn ends in a state that is seen, no request is invalid and no call runs twice',
  { timeout: propertyMs },
  async (_name, apis) => {
    const ends = new Map<string, number>()
    for (let seed = 1; seed <= runs(100); seed++) {
      const { errors } = await run(seed, apis)
      for (const error of errors) ends.set(error ?? 'completed', (ends.get(error ?? 'completed') ?? 0) + 1)
    }
    // A test that meets none of them would prove nothing.
    for (const end of ['completed', 'cut', 'filtered', 'stalled', 'unauthorized', 'empty', 'unreadable_calls']) {
      expect(ends.get(end) ?? 0, end).toBeGreaterThan(0)
    }
  },
)
