import { type Answer, about, call, notTheSample } from './answer.ts'
import { type DoneCall, problem, readText } from './conversation.ts'
import { underlinedFault } from './sample.ts'

/** Repairs the sample's underlined fault, if the prompt or the Problems panel is about it. */
export function fixProblem(prompt: string, done: readonly DoneCall[]): Answer {
  const { path, bad, good, what } = underlinedFault
  const names = /[\w./\\-]+\.(?:[cm]?[jt]sx?|json|py|css|html|md)\b/.exec(prompt)?.[0]?.replaceAll('\\', '/')
  if (names !== undefined && !prompt.replaceAll('\\', '/').includes(path)) return about()
  if (done.length === 0) {
    return {
      text: 'I read the file and ask the editor what it underlines.',
      calls: [call('read_file', { path }), call('diagnostics', {})],
    }
  }
  const text = readText(done, path)
  if (text === undefined) return notTheSample()
  const edit = done.find(({ name }) => name === 'edit_file')
  if (edit !== undefined) {
    const refused = problem(edit)
    if (refused !== undefined) return { text: `\`${path}\` is as it was: ${refused}`, calls: [] }
    return {
      text: `**Fixed** in \`${path}\`: ${what}. The underline goes away as soon as the editor has looked again.`,
      calls: [],
    }
  }
  if (text.includes(bad)) {
    return {
      text: `In \`${path}\`, ${what}. I change that one call.`,
      calls: [call('edit_file', { path, edits: [{ old_text: bad, new_text: good }] })],
    }
  }
  return {
    text: `The fault that I know of is not in \`${path}\` any more, and I am a script: I cannot find others. I changed nothing.`,
    calls: [],
  }
}
