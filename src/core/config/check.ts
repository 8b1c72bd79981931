import type * as z from 'zod'
// Through `z.core` it would bring all of zod, its languages too.
import { toDotPath } from 'zod/v4/core'
import type { Failure } from '../ports.ts'
import { failed } from '../tools/tool.ts'
import type { ConfigContent, ConfigFile, ConfigValue } from './config.ts'
import { locate, parseText } from './jsoncText.ts'
import { schemas } from './schemas.ts'

/** A file's text that fits its schema. */
export interface Checked<F extends ConfigFile> {
  value: ConfigValue
  content: ConfigContent[F]
}

/** @param path of the file, for the sentence on what is wrong in it */
export function checkText<F extends ConfigFile>(file: F, text: string, path: string): Checked<F> | Failure {
  const parsed = parseText(text)
  if (parsed.kind === 'broken') return broken(path, parsed, parsed.what)
  const { value, root } = parsed
  const content = contentOf(file, value)
  if (content.success) return { value, content: content.data }
  const issue = innermost(content.error.issues)
  const key = issue.code === 'unrecognized_keys' ? issue.keys[0] : undefined
  const at = [...issue.path].filter((segment) => typeof segment !== 'symbol')
  return broken(path, locate(text, root, at, key), wordsOf(issue))
}

/** What does not fit in a value that is to be written; undefined where all does. */
export function misfit(file: ConfigFile, value: ConfigValue): string | undefined {
  const content = contentOf(file, value)
  return content.success ? undefined : wordsOf(innermost(content.error.issues))
}

const byFile: { [F in ConfigFile]: z.ZodType<ConfigContent[F]> } = schemas

function contentOf<F extends ConfigFile>(file: F, value: ConfigValue): z.ZodSafeParseResult<ConfigContent[F]> {
  return byFile[file].safeParse(value)
}

function broken(path: string, { line, column }: { line: number; column: number }, what: string): Failure {
  return failed(
    'invalid_config',
    `${path}:${line}:${column}: ${what}. Correct it there; until then nothing is written to this file.`,
  )
}

/** Of a value that may have several forms, what is wrong with the one that it comes closest to. */
function innermost(issues: readonly z.core.$ZodIssue[]): z.core.$ZodIssue {
  const [first] = issues
  if (first === undefined) throw new Error('A check failed without an issue.')
  if (first.code !== 'invalid_union') return first
  const [closest] = first.errors.toSorted((a, b) => a.length - b.length)
  if (closest === undefined || closest.length === 0) return first
  const inner = innermost(closest)
  return { ...inner, path: [...first.path, ...inner.path] }
}

/** Never with a value: it could be a secret. */
function wordsOf({ path, message }: z.core.$ZodIssue): string {
  const words = message.replace(/^Invalid input: /, '')
  return path.length === 0 ? words : `${toDotPath(path)}: ${words}`
}
