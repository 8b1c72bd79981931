import type { Clock } from '../ports.ts'
import type { SpoolEntry, SpoolFile, SpoolFolder } from './spool.ts'
import { spoolTransport } from './spoolTransport.ts'
import type { Transport } from './transport.ts'

/** Runs a command with the POSIX shell of another place, to its end. Rejects where that place cannot be reached. */
export type RunShell = (command: string, input: string) => Promise<{ exitCode: number; output: Buffer; errors: string }>

const GONE = 66

/** Makes an empty spool there, for its user alone, and gives its path. */
export async function makeShellSpool(run: RunShell): Promise<string> {
  const command = `umask 077; at=$(mktemp -d "\${TMPDIR:-/tmp}/stretto-XXXXXXXX") && mkdir "$at/to-host" "$at/to-kernel" && echo "$at"`
  return (await done(run, command)).toString().trim()
}

/** The host's side of a spool in another place, which removes it when it closes. */
export function shellSpool(path: string, run: RunShell, clock: Clock): Transport {
  return spoolTransport({
    inbox: shellFolder(`${path}/to-host`, run),
    outbox: shellFolder(`${path}/to-kernel`, run),
    run: path.slice(path.lastIndexOf('/') + 1),
    clock,
    release: async () =>
      void (await done(run, `mv ${quoted(path)} ${quoted(`${path}-gone`)} && rm -rf ${quoted(`${path}-gone`)}`)),
  })
}

/**
 * A folder that commands alone can reach: one command a listing, which removes what is to go and waits a little.
 *
 * @param turns how often a listing looks again while nothing is there: ten times in half a second, then every 0.2 s
 */
export function shellFolder(path: string, run: RunShell, turns = 10): SpoolFolder {
  const going: string[] = []
  const at = `cd ${quoted(path)} 2>/dev/null || exit ${GONE}`
  return {
    list: async () => {
      const removal = going.length === 0 ? '' : `rm -f -- ${going.splice(0).map(quoted).join(' ')}`
      return parsed(await done(run, `${at}\n${removal}\nturns=${turns}\n${LIST}`))
    },
    write: async (files) => {
      for (const file of files) await write(file)
    },
    remove: (names) => {
      going.push(...names)
      return Promise.resolve()
    },
    setAside: async (names) => {
      const moves = names.map((name) => `mv -- ${quoted(name)} .aside/`)
      await done(run, [at, 'mkdir -p .aside', ...moves, 'true'].join('\n'))
    },
  }

  async function write({ name, text }: SpoolFile): Promise<void> {
    const temporary = quoted(`.${name}`)
    await done(run, `${at}\numask 077; cat >${temporary} && mv ${temporary} ${quoted(name)}`, text)
  }
}

/**
 * One line a file, `SIZE NAME`, or `odd BASE64` for what is none or has another kind of name; an empty line; the contents,
 * one after the other. With nothing there it looks again for some turns. Blocks of `find` have 512 bytes.
 */
const LIST = `
LC_ALL=C; export LC_ALL
while :; do
  set -- *
  if [ "$#" -gt 1 ] || [ -e "$1" ] || [ -L "$1" ]; then break; fi
  set --
  turns=$((turns - 1))
  if [ "$turns" -le 0 ]; then break; fi
  if [ "$((asked = \${asked:-0} + 1))" -le 10 ]; then sleep 0.05; else sleep 0.2; fi
done
big=$(find . -type f -size +262144 2>/dev/null)
odd() { printf 'odd %s\\n' "$(printf %s "$1" | base64 | tr -d '\\n')"; }
count=$#
for name; do
  if [ "$count" -gt 0 ]; then set --; count=0; fi
  case $name in *[!A-Za-z0-9._-]*|-*) odd "$name"; continue;; esac
  case $big in *"./$name"*) odd "$name"; continue;; esac
  if [ -f "$name" ] && [ ! -L "$name" ]; then [ "$#" -ge 64 ] || set -- "$@" "$name"; else odd "$name"; fi
done
if [ "$#" -gt 0 ]; then wc -c "$@"; fi
echo
if [ "$#" -gt 0 ]; then cat "$@"; fi
`

function parsed(output: Buffer): SpoolEntry[] {
  const end = output.indexOf('\n\n') === -1 ? 0 : output.indexOf('\n\n') + 1
  const lines = output.toString('utf8', 0, end).split('\n').filter(Boolean)
  const entries: SpoolEntry[] = []
  let at = end + 1
  for (const line of lines) {
    const [first = '', second = ''] = line.trim().split(/ +/)
    if (first === 'odd')
      entries.push({ name: Buffer.from(second, 'base64').toString(), problem: 'it is no file of ours' })
    else if (second !== 'total') {
      entries.push({ name: second, text: output.toString('utf8', at, at + Number(first)) })
      at += Number(first)
    }
  }
  if (at !== output.length) throw new Error('the files changed while they were read')
  return entries
}

/** @throws when it fails */
async function done(run: RunShell, command: string, input = ''): Promise<Buffer> {
  const { exitCode, output, errors } = await run(command, input)
  if (exitCode === 0) return output
  const error = new Error(`a command on the spool ended with ${exitCode}: ${errors.trim()}`)
  throw exitCode === GONE ? Object.assign(error, { code: 'ENOENT' }) : error
}

/** One word of a POSIX shell. */
export function quoted(word: string): string {
  return `'${word.replaceAll("'", `'\\''`)}'`
}
