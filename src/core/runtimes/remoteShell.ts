import type { ShellCommand } from './runtime.ts'

/**
 * Runs a command in its own process group, marked, until it ends or our input does: then what is left of its tree is
 * asked to end, and killed a second later. For any POSIX shell, with base64 and a /proc; without single quotes and
 * backslashes, in which login shells differ. Ends with 126 where the folder is not there.
 */
const SUPERVISE = `
command -v setsid >/dev/null && own=setsid || { own=; set -m; }
plain() { printf %s "$1" | base64 -d; }
mark=$(plain "$1"); folder=$(plain "$2"); command=$(plain "$3"); input=$4
cd -- "$folder" || exit 126
exec 3<&0 4>&2 2>/dev/null </dev/null
marked() { grep -ls -- "STRETTO_CALL=$mark" /proc/[0-9]*/environ; }
left() { kill -0 -- "-$group" || [ -n "$(marked)" ]; }
signal() {
  kill "-$1" -- "-$group"
  for file in $(marked); do file=\${file#/proc/}; kill "-$1" "\${file%/environ}"; done
}
end() {
  left || return
  signal TERM; signal CONT
  for turn in 1 2 3 4 5 6 7 8 9 10; do left || return; sleep 0.1; done
  signal KILL
}
shell=$(command -v bash) || shell=sh
run() { exec $own env "STRETTO_CALL=$mark" "$shell" -c "$command" 2>&4 3<&- 4>&-; }
if [ "$input" = yes ]; then
  pipes=$(mktemp -d) && mkfifo "$pipes/input" || exit 126
  run <"$pipes/input" &
  group=$!
  { exec 5>"$pipes/input"; rm -r "$pipes"; cat <&3 >&5; exec 5>&-; cat <&3 >/dev/null; end; } >/dev/null 4>&- &
else
  run </dev/null &
  group=$!
  { cat <&3 >/dev/null; end; } >/dev/null 4>&- &
fi
watcher=$!
exec 3<&-
wait "$group"
code=$?
kill -KILL "$watcher"
end
if [ "$code" -eq 255 ]; then echo "(exit code 255)" >&4; code=254; fi
exit "$code"
`

/** The words of a command line which each login shell takes as they are. */
export function supervised({ command, cwd, mark, input }: ShellCommand, folder: string): string[] {
  const words = [mark, cwd ?? folder, command].map((word) => Buffer.from(word).toString('base64'))
  return ['sh', '-c', `'${SUPERVISE.trim()}'`, 'stretto', ...words, input ? 'yes' : 'no']
}

/** The same for where no login shell reads the words. */
export function supervisedWords(command: ShellCommand, folder: string): string[] {
  return supervised(command, folder).map((word) => word.replace(/^'([^]*)'$/, '$1'))
}
