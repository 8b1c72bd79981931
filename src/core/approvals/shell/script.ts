import { Doubt, shown, type SyntaxNode } from './syntax.ts'
import { plain, type Surroundings, type Word, wordsOf } from './words.ts'

/** A command as the shell would run it, in the order in which it is written. */
export type Step =
  | { kind: 'command'; words: Word[] }
  /** A file that is its input. */
  | { kind: 'input'; path: Word }
  /** What stands between commands. */
  | { kind: 'between'; operator: '&&' | '||' | ';' | '|' | '!' | '(' | ')' }

const LONGEST = 20_000
/** White space between tokens: blanks, line ends, and lines that go on after a backslash. */
const gap = /^(?:[ \t\n]|(?<=[ \t\n])\\\n)*$/
// oxlint-disable-next-line no-control-regex -- control characters are what it looks for
const odd = /[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u00a0\p{Co}\p{Cn}\p{Cf}\p{Cs}\p{Zl}\p{Zp}]|(?! )\p{Zs}/u

/** Why it is not even looked at. */
export function oddText(command: string): Doubt | undefined {
  if (command.length > LONGEST) return new Doubt(`the command is longer than ${LONGEST} characters`)
  if (odd.test(command)) return new Doubt('the command has odd characters in it')
  return undefined
}

/** The steps of a parsed command, or the first thing in it that is not understood. Structure beyond order is left out. */
export function stepsOf(root: SyntaxNode, source: string, surroundings: Surroundings): Step[] | Doubt {
  const reader = new Reader(source, surroundings)
  reader.read(root)
  return reader.doubt ?? reader.end()
}

/** Walks the tree in the order of the text, and sees to it that every character is accounted for. */
class Reader {
  readonly #source: string
  readonly #surroundings: Surroundings
  readonly #steps: Step[] = []
  /** Up to where the text is accounted for. */
  #at = 0
  doubt: Doubt | undefined

  constructor(source: string, surroundings: Surroundings) {
    this.#source = source
    this.#surroundings = surroundings
  }

  end(): Step[] | Doubt {
    this.#reach(this.#source.length, true)
    return this.doubt ?? this.#steps
  }

  read(node: SyntaxNode): void {
    if (this.doubt !== undefined) return
    switch (node.type) {
      case 'program':
      case 'list':
      case 'pipeline':
      case 'redirected_statement':
      case 'negated_command':
      case 'subshell':
        for (const child of node.children) this.read(child)
        return
      case 'command':
        this.#command(node)
        return
      case 'test_command':
        this.#test(node)
        return
      case 'file_redirect':
        this.#redirect(node)
        return
      case 'comment':
        this.#comment(node)
        return
      case '&&':
      case '||':
      case ';':
      case '|':
      case '!':
      case '(':
      case ')':
        this.#take(node, true)
        this.#steps.push({ kind: 'between', operator: node.type })
        return
      default:
        this.#stop(node)
    }
  }

  #stop({ type, start, end }: SyntaxNode): void {
    const text = this.#source.slice(start, end)
    this.doubt ??= new Doubt(
      type === '&' ? 'it leaves a command running' : `${shown(text || 'its end')} is not understood`,
    )
  }

  /** Accounts for the text up to here: nothing may be in between but white space. */
  #reach(start: number, lines: boolean): void {
    const between = this.#source.slice(this.#at, start)
    // The look-behind needs what comes before.
    const before = this.#source.slice(Math.max(0, this.#at - 1), this.#at)
    const isGap = gap.test(between) || (/^[ \t\n]$/.test(before) && gap.test(before + between))
    const ends = /\n/.test(between.replaceAll('\\\n', ''))
    if (!isGap || (ends && !lines) || start < this.#at) this.doubt ??= new Doubt(`${shown(between)} is not understood`)
    else if (ends) this.#steps.push({ kind: 'between', operator: ';' })
  }

  #take(node: SyntaxNode, lines: boolean): void {
    this.#reach(node.start, lines)
    this.#at = node.end
  }

  #comment(node: SyntaxNode): void {
    const before = this.#source.slice(0, node.start)
    const isClear = before === '' || /(?:^|[^\\])[ \t\n]$/.test(before)
    if (!isClear || this.#source.slice(node.start, node.end).includes('\n')) this.#stop(node)
    else this.#take(node, true)
  }

  #command(node: SyntaxNode): void {
    const words: Word[] = []
    let isFirst = true
    for (const child of node.children) {
      if (child.type === 'file_redirect') {
        this.#redirect(child, isFirst)
        isFirst = false
        continue
      }
      const inner = child.type === 'command_name' ? child.children[0] : child
      if (inner === undefined || inner.start !== child.start || inner.end !== child.end) return this.#stop(child)
      if (inner.type === 'variable_assignment') {
        this.doubt ??= new Doubt(`it sets ${shown(this.#source.slice(inner.start, inner.end))} for a command`)
        return
      }
      if (!isFirst && inner.start === this.#at) return this.#stop(node)
      this.#take(inner, isFirst)
      isFirst = false
      if (!this.#add(words, inner)) return
    }
    this.#push(words, node)
  }

  #add(words: Word[], node: SyntaxNode): boolean {
    const made = wordsOf(node, this.#source, this.#surroundings)
    if (made instanceof Doubt) {
      this.doubt ??= made
      return false
    }
    words.push(...made)
    return true
  }

  #push(words: Word[], node: SyntaxNode): void {
    const name = words[0] ?? ''
    if (name === '' || plain(name) !== name) this.#stop(node)
    else this.#steps.push({ kind: 'command', words })
  }

  /** `[ -f path ]` and the like; `[[` has rules of its own. */
  #test(node: SyntaxNode): void {
    const [open, inner, close, ...rest] = node.children
    const [operator, operand, ...more] = inner?.children ?? []
    if (
      open?.type !== '[' ||
      inner?.type !== 'unary_expression' ||
      close?.type !== ']' ||
      rest.length + more.length > 0
    ) {
      return this.#stop(node)
    }
    if (operator?.type !== 'test_operator' || operand === undefined) return this.#stop(node)
    const words: Word[] = ['test', this.#source.slice(operator.start, operator.end)]
    this.#take(open, true)
    this.#take(operator, false)
    this.#take(operand, false)
    if (!this.#add(words, operand)) return
    this.#take(close, false)
    this.#steps.push({ kind: 'command', words })
  }

  #redirect(node: SyntaxNode, isFirst = false): void {
    const before = this.#source.charAt(node.start - 1)
    const parts = [...node.children]
    const descriptor = parts[0]?.type === 'file_descriptor' ? parts.shift() : undefined
    const [operator, target, ...rest] = parts
    const text = this.#source.slice(node.start, node.end)
    if (operator === undefined || target === undefined || rest.length > 0) return this.#stop(node)
    // A digit that ends a word is a part of it.
    if (descriptor !== undefined && !/^[ \t\n(]?$/.test(before)) return this.#stop(node)
    if (descriptor !== undefined && descriptor.end !== operator.start) return this.#stop(node)
    this.#take(descriptor ?? operator, isFirst)
    if (descriptor !== undefined) this.#take(operator, false)
    this.#take(target, false)
    const made = wordsOf(target, this.#source, this.#surroundings)
    const [path, ...others] = made instanceof Doubt ? [] : made
    if (made instanceof Doubt || path === undefined || others.length > 0) return this.#stop(node)
    switch (operator.type) {
      case '>':
      case '>>':
      case '&>':
      case '&>>':
      case '>|':
        if (path !== '/dev/null') this.doubt ??= new Doubt(`${shown(text)} writes to a file`)
        return
      case '>&':
      case '<&':
        if (!/^[0-2]$/.test(path)) this.doubt ??= new Doubt(`${shown(text)} is not understood`)
        return
      case '<':
        // Some of these are connections.
        if (path !== '/dev/null' && path.startsWith('/dev/')) this.#stop(node)
        else if (path !== '/dev/null') this.#steps.push({ kind: 'input', path })
        return
      default:
        this.#stop(node)
    }
  }
}
