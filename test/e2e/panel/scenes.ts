/** The scenes that the panel is looked at in, as events. */
import type { SessionEvent } from '../../../src/protocol/events.ts'
import type { Environment } from '../../../src/protocol/messages.ts'
import { backgroundEvents } from './backgroundEvents.ts'
import { change, START, step, stepEnd, TEST_LINES, turn, type Asked } from './events.ts'
import { budget, compacted } from './contextScenes.ts'
import { restoreEvents } from './restoreScene.ts'
import { steerEvents } from './steerEvents.ts'
import { manyCalls, scriptAsks } from './scriptScenes.ts'

export interface Scene {
  events: SessionEvent[]
  environment: Environment
  /** How much time has passed, in ms. */
  now: number
  /** Rows and steps that the user has opened or folded. */
  kept?: { rows?: Record<string, boolean>; steps?: Record<string, boolean>; draft?: string }
}

export const READY: Environment = {
  model: { id: 'gpt-5.1', provider: 'openai', host: 'api.openai.com' },
  ways: { vscode: [] },
  approvals: 'ask',
  trusted: true,
  hasFolder: true,
  folder: 'shop',
}

const DIFF = change('src/session.ts', 12, 3, {
  omitted: 9,
  diff: [
    { kind: 'context', line: 41, text: '/** Who is signed in, or undefined. */' },
    { kind: 'removed', line: 42, text: 'export function getUser(id: string) {' },
    { kind: 'removed', line: 43, text: '  return cache.get(id)' },
    { kind: 'added', line: 42, text: 'export async function loadUser(id: string) {' },
    { kind: 'added', line: 43, text: '  const known = cache.get(id)' },
    { kind: 'added', line: 44, text: '  if (known !== undefined) return known' },
    { kind: 'added', line: 45, text: '  return await fetchUser(id)' },
  ],
})

const RUNNING: Asked[] = [
  { id: 'c4', name: 'read_file', summary: 'src/session.ts', at: [0, 120, 620], end: { fact: '148 lines' } },
  { id: 'c5', name: 'edit_file', summary: 'src/session.ts', at: [320, 620, 2900], end: { changes: [DIFF] } },
  { id: 'c6', name: 'process', summary: 'wait for tests', at: [700, 760], output: `${TEST_LINES.join('\n')}\n` },
  {
    id: 'c7',
    name: 'search_files',
    summary: 'getUser( in docs',
    at: [900, 940, 1500],
    status: 'failed',
    end: {
      result: 'Error (bad_pattern): unclosed group at 8.\nEscape the parenthesis: getUser\\(',
      reason: 'bad_pattern',
    },
  },
  {
    id: 'c8',
    name: 'web_extract',
    summary: 'nodejs.org/api/async_context',
    at: [1200, 1240, 8100],
    status: 'cancelled',
    end: {
      reason: 'stop',
      result:
        'Cancelled (stop): # AsyncLocalStorage\nThis class creates stores that stay coherent through asynchronous operations.',
    },
  },
  {
    id: 'c9',
    name: 'edit_file',
    summary: 'src/a.ts',
    at: [1700],
    waitingFor: { kind: 'lock', resource: 'src/a.ts', place: 2 },
  },
  {
    id: 'c10',
    name: 'terminal',
    summary: 'npm run lint -- src/a.ts',
    at: [2100],
    input: { command: 'npm run lint -- src/a.ts' },
    waitingFor: { kind: 'hazard', callId: 'c9', name: 'edit_file', summary: 'src/a.ts' },
  },
  {
    id: 'c11',
    name: 'terminal',
    summary: 'rm -rf dist node_modules/.cache && npm ci',
    at: [2600],
    approval: {
      fingerprint: 'f11',
      action: 'rm -rf dist node_modules/.cache && npm ci --ignore-scripts',
      where: '~/shop, without a sandbox',
      reason: 'Asks because rm deletes files and npm uses the network.',
      canRemember: true,
    },
  },
]

function running(): Scene {
  const first: Asked[] = [
    { id: 'c1', name: 'search_files', summary: 'getUser', at: [0, 40, 620] },
    { id: 'c2', name: 'terminal', summary: 'npm test', at: [180, 240, 760] },
    { id: 'c3', name: 'symbols', summary: 'references', at: [300, 330, 910] },
  ]
  return {
    now: 16_800,
    environment: READY,
    kept: { rows: { c5: true, c6: true, c8: true }, steps: { s1: false } },
    events: [
      turn('t1', 'Make getUser async, call it loadUser everywhere, and check that the tests still pass.'),
      ...step('t1', 's1', 'I’ll see who calls it, and start the tests meanwhile.', 500, first),
      stepEnd('t1', 's1', 1500, 0.04),
      ...step(
        't1',
        's2',
        '`getUser` has one definition and 11 callers. Changing the definition now, while the tests run on.',
        2600,
        RUNNING,
      ),
    ],
  }
}

function queue(): Scene {
  const scene = running()
  const queued = (messageId: string, text: string): SessionEvent => ({
    type: 'messageQueued',
    at: START + 9000,
    turnId: 't1',
    messageId,
    text,
  })
  return {
    ...scene,
    kept: { ...scene.kept, draft: 'Keep the locale argument optional as well' },
    events: [
      ...scene.events,
      queued('q1', 'Then update the changelog'),
      queued('q2', 'Run the visual tests on Firefox too, and tell me which snapshots changed'),
    ],
  }
}

function steer(): Scene {
  const kept = { draft: 'Keep the locale argument optional as well' }
  return { now: 13_100, environment: READY, kept, events: steerEvents() }
}

/** A steer that waits for the next request. */
function steering(): Scene {
  const scene = running()
  const of = { at: START + 16_000, turnId: 't1' }
  const text = 'Keep getUser as an alias for one release.'
  return { ...scene, events: [...scene.events, { type: 'messageSteered', ...of, messageId: 'm2', text }] }
}

function done(): Scene {
  const call = (id: string, name: string, summary: string, at: Asked['at'], end: Asked['end'] = {}): Asked => ({
    id,
    name,
    summary,
    at,
    end,
  })
  const look = [
    call('c1', 'read_file', 'src/bundle.ts', [0, 60, 420]),
    call('c2', 'read_file', 'src/bundle.test.ts', [120, 160, 500]),
    call('c3', 'search_files', 'splitDiscount', [260, 300, 1500]),
    call('c4', 'symbols', 'references', [380, 420, 1900]),
    call('c5', 'terminal', 'git log -5 -- src/bundle.ts', [460, 520, 900]),
  ]
  const unsaved = { saved: false, unsavedReason: 'held your own edits' }
  const fix = [
    call('c6', 'edit_file', 'src/bundle.ts', [0, 60, 1900], { changes: [change('src/bundle.ts', 9, 3)] }),
    call('c7', 'edit_file', 'src/bundle.test.ts', [300, 340, 2200], { changes: [change('src/bundle.test.ts', 31, 0)] }),
    call('c8', 'edit_file', 'README.md', [500, 540, 1300], { changes: [change('README.md', 2, 2, unsaved)] }),
    call('c9', 'terminal', 'npm test', [800, 2200, 21_400], { exitCode: 0 }),
    call('c10', 'terminal', 'npm run typecheck', [1000, 2200, 11_000], { exitCode: 0 }),
    call('c11', 'terminal', 'npm run lint', [1300, 2200, 7300], { exitCode: 0 }),
    { ...call('c12', 'search_files', 'discount in docs', [1500, 1540, 2600]), status: 'failed' as const },
    call('c13', 'diagnostics', '', [1700, 2200, 4100]),
  ]
  const test = (id: string, ended: number, exitCode: number, fact: string, output: string): Asked => ({
    ...call(id, 'terminal', 'npm test -- --run src/bundle.test.ts', [0, 20, ended], { exitCode, fact }),
    output,
  })
  const answer = `**The discount was divided by the sum of the prices**, which leaves nothing for a free item and loses a cent when only free items remain. It is now split by count when the sum is zero.

- \`src/bundle.ts\`: the split, with the reason in one line
- \`src/bundle.test.ts\`: one free item, all items free
- \`README.md\`: the rule for free items

All 128 tests pass.`
  return {
    now: 41_000,
    environment: READY,
    events: [
      turn('t1', 'A bundle’s price is wrong when one item in it is free. Find out why and fix it.'),
      ...step('t1', 's1', '', 0, [test('c0', 2900, 1, 'exit 1, 2 of 14 tests', 'Tests  2 failed | 12 passed (14)')]),
      stepEnd('t1', 's1', 2900),
      ...step('t1', 's2', '', 3000, look),
      stepEnd('t1', 's2', 5000),
      ...step('t1', 's3', '', 6000, fix),
      stepEnd('t1', 's3', 28_000),
      ...step('t1', 's4', '', 29_000, [test('c14', 3400, 0, 'exit 0, 16 tests', 'Tests  16 passed (16)')]),
      stepEnd('t1', 's4', 33_000),
      ...step('t1', 's5', answer, 34_000, []),
      stepEnd('t1', 's5', 41_000, 0.14, [41_300, 2100]),
      { type: 'turnEnded', at: START + 41_000, turnId: 't1', status: 'completed' },
    ],
  }
}

/** A review that has begun: a file accepted, one reviewed in part, one in which the user wrote. */
function review(): Scene {
  const scene = done()
  const of = { type: 'hunksReviewed', at: START + 50_000, turnId: 't1' } as const
  const conflict =
    'You have written in lines 12–14 of README.md since. That part was left as it is: change it by hand, or undo your own change first.'
  return {
    ...scene,
    events: [
      ...scene.events,
      { ...of, path: 'src/bundle.ts', hunks: ['a'], verdict: 'accepted', of: 1 },
      { ...of, path: 'src/bundle.test.ts', hunks: ['b', 'c'], verdict: 'rejected', of: 3 },
      { ...of, path: 'README.md', hunks: [], verdict: 'rejected', of: 2, conflict },
    ],
  }
}

const SCRIPT = `const files = (await tools.find_files({ glob: 'src/**/*.ts' })).split('\\n')
const hits = await Promise.all(files.map(path =>
  tools.search_files({ pattern: 'getUser', glob: path })))
console.log(hits.filter(Boolean).length, 'files')
const rest = await tools.read_file({ path: 'src/rates.json' })
console.log(rest)`

function script(): Scene {
  const now = 6400
  const parentId = 'c3'
  const searches = Array.from({ length: 22 }, (_, i): Asked => {
    const began = 420 + Math.floor(i / 6) * 1180 + ((i * 137) % 340)
    const ended = began + 700 + ((i * 233) % 620)
    const at: Asked['at'] = ended < now ? [420 + i * 12, began, ended] : [420 + i * 12, began]
    return {
      id: `c3.${i}`,
      name: 'search_files',
      summary: `getUser in src/${i}.ts`,
      at,
      parentId,
      end: { fact: '1 match' },
    }
  })
  const calls: Asked[] = [
    {
      id: 'c3',
      name: 'execute_code',
      summary: 'count callers of getUser',
      at: [0, 0],
      input: { language: 'javascript', code: SCRIPT },
      output: '9 files\nsrc/a.ts still exports getUser\n',
    },
    { id: 'n1', name: 'find_files', summary: 'src/**/*.ts', at: [0, 40, 380], parentId, end: { fact: '24 files' } },
    ...searches,
    {
      id: 'n2',
      name: 'web_extract',
      summary: 'internal.example/wiki/users',
      at: [700, 760, 1900],
      parentId,
      status: 'failed',
      end: { reason: 'private_address', result: 'Error (private_address): internal.example resolves to 10.0.4.2.' },
    },
    { id: 'n3', name: 'read_file', summary: 'src/rates.json', at: [3900, 5300], parentId },
    {
      id: 'n4',
      name: 'edit_file',
      summary: 'src/a.ts',
      at: [5600],
      parentId,
      waitingFor: { kind: 'lock', resource: 'src/a.ts', place: 1 },
    },
  ]
  return {
    now: 8900,
    environment: READY,
    kept: { rows: { c3: true } },
    events: [
      turn('t1', 'How many files still call getUser? List them, and drop the export from src/a.ts.'),
      ...step('t1', 's1', 'One script asks all files at once, then removes the export.', 2500, calls),
    ],
  }
}

function error(): Scene {
  const text = 'Explain how the retry queue works.'
  const refused =
    'api.openai.com answered 401 to the key ending in …a3f9. Nothing was charged. Set a new key, or use another model; your message is kept.'
  return {
    now: 21_000,
    environment: { ...READY, model: { id: 'qwen3-coder', provider: 'openai', host: 'localhost:11434' } },
    events: [
      turn('t1', text),
      { type: 'stepStarted', at: START, turnId: 't1', stepId: 's1', model: 'gpt-5.1' },
      { type: 'stepEnded', at: START + 400, turnId: 't1', stepId: 's1' },
      {
        type: 'turnEnded',
        at: START + 400,
        turnId: 't1',
        status: 'failed',
        error: { code: 'unauthorized', message: refused },
      },
      turn('t2', text, 'qwen3-coder', 500),
      { type: 'stepStarted', at: START + 500, turnId: 't2', stepId: 's2', model: 'qwen3-coder' },
      {
        type: 'notice',
        at: START + 13_000,
        turnId: 't2',
        level: 'warning',
        code: 'unreachable',
        text: 'Nothing listens on http://localhost:11434. Start Ollama, or choose another model.',
        retryAt: START + 29_000,
        attempt: 3,
      },
    ],
  }
}

function empty(): Scene {
  return { now: 0, environment: { ...READY, model: undefined, ways: { vscode: [], local: 'Ollama' } }, events: [] }
}

function untrusted(): Scene {
  return { now: 0, environment: { ...READY, trusted: false }, events: [] }
}

function asks(): Scene {
  const request = {
    fingerprint: 'e1',
    action: 'Edit src/session.ts',
    reason: 'Edits ask first.',
    previews: [DIFF],
    canRemember: true,
  }
  const calls: Asked[] = [
    { id: 'e1', name: 'edit_file', summary: 'src/session.ts', at: [0], approval: request },
    { id: 'q1', name: 'ask_user', summary: 'Which database?', at: [100, 120] },
  ]
  return {
    now: 4000,
    environment: READY,
    events: [
      turn('t1', 'Make getUser async.'),
      ...step('t1', 's1', 'Two things to decide.', 500, calls),
      {
        type: 'callAsked',
        at: START + 700,
        turnId: 't1',
        callId: 'q1',
        question: { question: 'Which database does the session store use?', options: ['PostgreSQL', 'SQLite'] },
      },
    ],
  }
}

function background(): Scene {
  return { events: backgroundEvents(), environment: READY, now: 75_000 }
}

/** The user went back; a file was merged, one left alone. */
function restored(): Scene {
  return { now: 21_000, environment: READY, events: restoreEvents() }
}

export const SCENES = {
  compacted: () => compacted(READY),
  budget: () => budget(READY),
  background,
  running,
  queue,
  steer,
  steering,
  done,
  review,
  restored,
  script,
  scriptAsks: () => scriptAsks(READY),
  scriptMany: () => manyCalls(READY, 500),
  error,
  empty,
  untrusted,
  asks,
}
export type SceneName = keyof typeof SCENES
