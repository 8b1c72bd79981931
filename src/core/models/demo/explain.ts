import { type Answer, call, notTheSample } from './answer.ts'
import { type DoneCall, problem, readText } from './conversation.ts'

/** Reads what says how the workspace is built, and sums it up from the results. */
export function explain(done: readonly DoneCall[]): Answer {
  if (done.length === 0) {
    return {
      text: 'I list the files and read the two that say most, at once.',
      calls: [
        call('find_files', { glob: '**/*' }),
        call('read_file', { path: 'package.json' }),
        call('read_file', { path: 'README.md' }),
      ],
    }
  }
  const manifest = readText(done, 'package.json')
  const readme = readText(done, 'README.md')
  const files = done
    .filter((one) => one.name === 'find_files' && problem(one) === undefined)
    .flatMap((one) => paths(one.text))
  if (manifest === undefined && readme === undefined && files.length === 0) return notTheSample()
  const facts = [...manifestFacts(manifest ?? ''), ...folderFacts(files), ...readmeFacts(readme ?? '')]
  return {
    text: [...facts, '', 'I am a script, not an AI: this is what the files say of themselves.'].join('\n'),
    calls: [],
  }
}

function paths(text: string): string[] {
  return text
    .split('\n')
    .map((line) => line.trim())
    .filter((line) => /^[^\s:]+\.\w+$/.test(line))
}

function manifestFacts(text: string): string[] {
  const field = (name: string): string | undefined => new RegExp(`"${name}":\\s*"([^"]*)"`).exec(text)?.[1]
  const name = field('name')
  const test = field('test')
  return [
    ...(name === undefined ? [] : [`**${name}**: ${field('description') ?? 'a package without a description.'}`, '']),
    ...(test === undefined ? [] : [`- Its tests run with \`npm test\`, which is \`${test}\`.`]),
    ...(name === undefined || text.includes('ependencies"') ? [] : ['- It has no dependencies.']),
  ]
}

function folderFacts(files: readonly string[]): string[] {
  const folders = Object.groupBy(files, (path) => (path.includes('/') ? path.slice(0, path.lastIndexOf('/')) : '.'))
  return Object.entries(folders).map(([folder, inside = []]) => {
    const names = inside.slice(0, 8).map((path) => `\`${path.slice(path.lastIndexOf('/') + 1)}\``)
    const more = inside.length > 8 ? `, and ${inside.length - 8} more` : ''
    return `- ${folder === '.' ? 'At the top' : `\`${folder}\``}: ${names.join(', ')}${more}.`
  })
}

/** The README's own list of what is where; line numbers before a line are left out. */
function readmeFacts(text: string): string[] {
  const items = text
    .split('\n')
    .map((line) => /-\s+(`[^`]+`:.*)$/.exec(line)?.[1])
    .filter((item) => item !== undefined)
  return items.length === 0 ? [] : ['', 'Its README says:', '', ...items.map((item) => `- ${item}`)]
}
