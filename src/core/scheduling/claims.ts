/** What a call says it will do to the world: reads, edits or writes a path (a folder stands for all in it), or runs. */
export type Claim =
  | { kind: 'read' | 'edit' | 'write'; path: string }
  /** A command, a script, or anything of unknown effect. */
  | { kind: 'run' }
  /** Writes to a process of the background or ends it; `path` is its id. */
  | { kind: 'process'; path: string }

/** Whether a later sibling with claim `later` must wait for an earlier one with `earlier`: the design's table. */
export function conflicts(earlier: Claim, later: Claim): boolean {
  if (earlier.kind === 'process' || later.kind === 'process') {
    return earlier.kind === 'process' && later.kind === 'process' && earlier.path === later.path
  }
  if (earlier.kind === 'run') return later.kind === 'edit' || later.kind === 'write'
  if (later.kind === 'run') return earlier.kind !== 'read'
  if (earlier.kind === 'read' && later.kind === 'read') return false
  if (earlier.kind === 'edit' && later.kind === 'edit') return false
  return overlap(earlier.path, later.path)
}

/** Two edits of one document do not wait for each other's end, but they start in call order. */
export function ordered(earlier: Claim, later: Claim): boolean {
  return earlier.kind === 'edit' && later.kind === 'edit' && earlier.path === later.path
}

/** The same path, or one inside the other. Paths are canonical and absolute. */
function overlap(a: string, b: string): boolean {
  return a === b || isInside(a, b) || isInside(b, a)
}

function isInside(folder: string, path: string): boolean {
  const prefix = /[/\\]$/.test(folder) ? folder : `${folder}/`
  return path.replaceAll('\\', '/').startsWith(prefix.replaceAll('\\', '/'))
}
