import { compactionOf } from '../../protocol/context.ts'
import { goingOn } from '../../protocol/processState.ts'
import type { MessageState, SessionState } from '../../protocol/state.ts'
import { clip } from '../tools/clip.ts'

/** Longest quotations, in UTF-16 units. */
const MESSAGE_QUOTE = 2_000
const OLD_SUMMARY_QUOTE = 8_000
/** So many of the user's messages and of the files are named. */
const MOST_MESSAGES = 5
const MOST_FILES = 40

/** Asks the model for what stands for the conversation from now on. */
export const ASK_FOR_SUMMARY =
  '(Not from the user: the conversation becomes too long and will be replaced by your summary. Call no tool. Write down, for yourself, all that you need to go on without the conversation: the task as the user set it, with every wish and limit; what was decided and why; what is done, with the paths and names that matter; what was found out, and what failed; what is left to do, the next step first. Be exact and brief; leave out what you can read again in the files.)'

/**
 * What the model gets in place of the messages so far: its own words, and what is known without it.
 *
 * @param words undefined when there are none: the last summary's stand in
 */
export function summaryText(state: SessionState, words: string | undefined): string {
  const before = compactionOf(state)?.summary
  const told = words ?? (before === undefined ? undefined : clip(before, OLD_SUMMARY_QUOTE))
  const parts = [
    '(Not from the user: the conversation before this was replaced by a summary, to make room. Read files again before you rely on their text.)',
    told,
    section('What the user wrote last, the newest at the end:', userWords(state)),
    section('Files changed in this session:', changedFiles(state)),
    section('Files read lately:', readFiles(state)),
    section('The list of things to do:', todoList(state)),
    section('Running in the background:', processes(state)),
  ]
  return parts.filter((part) => part !== undefined).join('\n\n')
}

function section(title: string, lines: readonly string[]): string | undefined {
  return lines.length === 0 ? undefined : [title, ...lines].join('\n')
}

function userWords({ messages }: SessionState): string[] {
  const isUsers = (message: MessageState): boolean => message.role === 'user'
  return messages
    .filter(isUsers)
    .slice(-MOST_MESSAGES)
    .map(({ text }) => `> ${clip(text, MESSAGE_QUOTE).replaceAll('\n', '\n> ')}`)
}

function changedFiles({ calls }: SessionState): string[] {
  const paths = calls.flatMap(({ changes = [] }) => changes.map(({ path }) => path))
  return listed(paths)
}

function readFiles({ calls }: SessionState): string[] {
  const paths = calls.flatMap(({ name, input }) => (name === 'read_file' ? pathOf(input) : []))
  return listed(paths)
}

/** The latest, each once. */
function listed(paths: readonly string[]): string[] {
  const latest = [...new Set(paths.toReversed())].slice(0, MOST_FILES)
  return latest.toReversed().map((path) => `- ${path}`)
}

function pathOf(input: unknown): string[] {
  return typeof input === 'object' && input !== null && 'path' in input && typeof input.path === 'string'
    ? [input.path]
    : []
}

function todoList({ calls }: SessionState): string[] {
  const last = calls.findLast(({ name, status }) => name === 'todo' && status === 'completed')
  return last?.result === undefined ? [] : [last.result]
}

function processes(state: SessionState): string[] {
  return goingOn(state.processes).map(({ id, title }) => `- ${id}: ${title}`)
}
