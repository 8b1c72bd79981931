import { join } from 'node:path'
import { type Harmless, judge } from './judge.ts'
import { openParser } from './parser.ts'
import { oddText, stepsOf } from './script.ts'
import { Doubt, type Parse } from './syntax.ts'
import type { Surroundings } from './words.ts'

/** What a command of bash does, as far as its text says. The same text has the same answer. */
export type Analyse = (command: string, surroundings: Surroundings) => Harmless | Doubt

/** The entry of a bundle of its own, loaded at the first command. @param folder its own, with the grammar beside it */
export async function open(folder: string): Promise<Analyse> {
  return analysis(await openParser(join(folder, 'web-tree-sitter.wasm'), join(folder, 'tree-sitter-bash.wasm')))
}

export function analysis(parse: Parse): Analyse {
  return (command, surroundings) => {
    const odd = oddText(command)
    if (odd !== undefined) return odd
    const root = parse(command)
    if (root === undefined) return new Doubt('the command takes too long to be understood')
    const steps = stepsOf(root, command, surroundings)
    return steps instanceof Doubt ? steps : judge(steps)
  }
}
