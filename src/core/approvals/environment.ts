import { createHash } from 'node:crypto'

/** Names that decide which program a command's words mean, or what programs load and run by themselves. */
const decisive =
  /^(?:PATH|PATHEXT|HOME|USERPROFILE|SHELL|IFS|CDPATH|GLOBIGNORE|ENV|SHELLOPTS|BASHOPTS|BASH_.*|LD_.*|DYLD_.*|NODE_.*|NPM_CONFIG_.*|PYTHON.*|PERL.*|RUBY.*|GEM_.*|BUNDLE_.*|JAVA_.*|_JAVA_OPTIONS|JDK_.*|MAVEN_.*|GRADLE_.*|CARGO_.*|RUSTC.*|GO(?:FLAGS|PATH|ROOT|PROXY)|MAKEFLAGS|CC|CXX|GIT_.*|SSH_ASKPASS|PAGER|EDITOR|VISUAL|BROWSER|.*_(?:PAGER|EDITOR|PROXY))$/i

/** What of an environment decides what a command runs, as one word: an answer holds for no other. */
export function environmentPrint(source: NodeJS.ProcessEnv): string {
  const facts = Object.entries(source).filter(([name]) => decisive.test(name))
  const sorted = facts.toSorted(([a], [b]) => (a < b ? -1 : 1))
  return createHash('sha256').update(JSON.stringify(sorted)).digest('base64url')
}
