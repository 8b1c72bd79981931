import { type DoneCall, exitCode, firstLine, problem, readText, testCounts } from './conversation.ts'
import { type KnownFault, testedFaults } from './sample.ts'
import { type Answer, call, notTheSample } from './answer.ts'

const TEST = 'npm test'

/** Reads, runs the tests, repairs two files at once, runs the tests again, and reports what really came of it. */
export function fixTests(done: readonly DoneCall[]): Answer {
  if (done.length === 0) return look()
  const known = testedFaults.filter(({ path, bad, good }) => hasEither(readText(done, path), bad, good))
  if (known.length === 0) return notTheSample()
  const edits = done.filter(({ name }) => name === 'edit_file')
  if (edits.length > 0) return { text: report(done, edits), calls: [] }
  const run = done.find(({ name }) => name === 'terminal')
  if (run === undefined) return runTests()
  return repair(
    run,
    known.filter(({ path, bad }) => readText(done, path)?.includes(bad) === true),
  )
}

function hasEither(text: string | undefined, bad: string, good: string): boolean {
  return text !== undefined && (text.includes(bad) || text.includes(good))
}

function look(): Answer {
  return {
    text: 'I read the shop’s code and its tests, and look for where prices are made, all at once.',
    calls: [
      ...testedFaults.map(({ path }) => call('read_file', { path })),
      call('read_file', { path: 'test/price.test.js' }),
      call('read_file', { path: 'test/cart.test.js' }),
      call('find_files', { glob: '**/*.js' }),
      call('search_files', { pattern: 'discounted|total' }),
    ],
  }
}

function runTests(): Answer {
  return {
    text: 'Now I see what the tests say; meanwhile I read how they are run.',
    calls: [call('terminal', { command: TEST }), call('read_file', { path: 'package.json' })],
  }
}

function repair(run: DoneCall, faults: readonly KnownFault[]): Answer {
  const code = exitCode(run)
  const counts = testCounts(run.text)
  if (code === 0)
    return { text: `The tests pass${paren(counts)}: there is nothing to repair. I changed nothing.`, calls: [] }
  if (faults.length === 0) {
    const why = code === undefined ? `The tests did not run: ${firstLine(run)}.` : `The tests fail${paren(counts)}.`
    return {
      text: `${why} The two faults that I know of are not in the files, and I am a script: I cannot find others. I changed nothing.`,
      calls: [],
    }
  }
  const edits = faults.map(({ path, bad, good }) =>
    call('edit_file', { path, edits: [{ old_text: bad, new_text: good }] }),
  )
  const files = faults.length === 1 ? 'one file' : `${faults.length} files at once`
  if (code === undefined) {
    const why = firstLine(run)
    return {
      text: `The tests did not run (${why}). The faults can be seen without them: I repair ${files}.`,
      calls: edits,
    }
  }
  const text = `The tests fail${paren(counts)}. ${faults.map(({ path, what }) => `In \`${path}\` ${what}`).join('; ')}. I repair ${files}, and run the tests after it.`
  return { text, calls: [...edits, call('terminal', { command: TEST })] }
}

function report(done: readonly DoneCall[], edits: readonly DoneCall[]): string {
  const lines = edits.map((edit) => {
    const path = String(edit.input['path'])
    const refused = problem(edit)
    if (refused !== undefined) return `- \`${path}\` is as it was: ${refused}`
    return `- \`${path}\`: ${testedFaults.find((fault) => fault.path === path)?.what ?? 'changed'}.`
  })
  const runs = done.filter(({ name }) => name === 'terminal')
  const refused = edits.filter((edit) => problem(edit) !== undefined).length
  return [verdict(runs, edits.length - refused, refused), '', '**What I did**', '', ...lines, ...runLines(runs)].join(
    '\n',
  )
}

function verdict(runs: readonly DoneCall[], made: number, refused: number): string {
  const last = runs.length > 1 ? runs.at(-1) : undefined
  const code = last === undefined ? undefined : exitCode(last)
  if (code === 0) return '**The tests pass.**'
  if (code !== undefined)
    return refused > 0 ? '**The tests still fail**, because an edit was refused.' : '**The tests still fail.**'
  return made > 0
    ? '**I changed the code, but no test has run since.** Run `npm test` to see.'
    : '**Nothing is repaired.**'
}

function runLines(runs: readonly DoneCall[]): string[] {
  return runs.map((run, at) => {
    const when = at === 0 ? 'before' : 'after'
    const code = exitCode(run)
    if (code === undefined) return `- \`${TEST}\` ${when}: ${firstLine(run)}`
    return `- \`${TEST}\` ${when}: exit code ${code}${paren(testCounts(run.text))}.`
  })
}

function paren(text: string | undefined): string {
  return text === undefined ? '' : ` (${text})`
}
