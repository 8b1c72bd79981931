/** What the tests inside VS Code tell the runner outside. */
export type HostReport =
  | { type: 'suite'; title: string; depth: number }
  | { type: 'passed'; title: string; depth: number; ms: number }
  | { type: 'skipped'; title: string; depth: number }
  | { type: 'failed'; title: string; depth: number; error: string }
  | { type: 'ended' }
