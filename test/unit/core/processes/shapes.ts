/** Writes the pid of the shell that runs it to `NAME.pid`. */
const write = (name: string): string => `echo $$ > ${name}.tmp; mv ${name}.tmp ${name}.pid`

/** A process that says its pid and stays. */
const long = (name: string): string => `bash -c '${write(name)}; exec sleep 300'`

/** Takes no notice of SIGTERM. */
const stubborn = (name: string): string => `bash -c 'trap "" TERM; ${write(name)}; while :; do sleep 0.1; done'`

const python = (lines: string[]): string => `exec python3 -c '${lines.join('\n')}'`
const pythonWrite = [
  'import os, signal, subprocess, sys, time',
  'folder = os.getcwd()',
  'def write(name):',
  '    with open(folder + "/" + name + ".tmp", "w") as file: file.write(str(os.getpid()) + "\\n")',
  '    os.rename(folder + "/" + name + ".tmp", folder + "/" + name + ".pid")',
]

/** What a command can be: the script, and the processes in it whose pids are written before it is stopped. */
export const shapes: Record<string, { script: string; names: string[] }> = {
  'a plain command': { script: long('a'), names: ['a'] },
  'a pipeline': { script: `${long('a')} | ${long('b')} | cat`, names: ['a', 'b'] },
  'background jobs': { script: `${long('a')} & ${long('b')} & wait`, names: ['a', 'b'] },
  'one that ignores SIGTERM': { script: `exec ${stubborn('a')}`, names: ['a'] },
  'one whose trap goes on': { script: `trap 'echo no' TERM; ${write('a')}; while :; do sleep 0.1; done`, names: ['a'] },
  'one whose trap begins another in its own session': {
    script: `trap '(setsid ${long('late').replaceAll("'", '"').replace('$$', '\\$\\$')} &); sleep 0.3; exit' TERM; ${write('a')}; while :; do sleep 0.05; done`,
    names: ['a'],
  },
  'one that begins its work again and again': {
    script: `trap '' TERM; ${write('a')}; while :; do bash -c 'sleep 0.3'; done`,
    names: ['a'],
  },
  'a child with nohup': { script: `nohup ${long('a')} & wait`, names: ['a'] },
  'a disowned child': { script: `${long('a')} & disown; exec sleep 300`, names: ['a'] },
  'a child in its own session': { script: `setsid ${long('a')} & sleep 300`, names: ['a'] },
  'a child in its own session that ignores SIGTERM': { script: `setsid ${stubborn('a')} & sleep 300`, names: ['a'] },
  'a double fork into its own session': {
    script: `(setsid ${long('a')} &) ; ${write('b')}; exec sleep 300`,
    names: ['a', 'b'],
  },
  'a daemon that left its folder and closed its files': {
    script: python([
      ...pythonWrite,
      'if os.fork(): time.sleep(300)',
      'os.setsid()',
      'if os.fork(): os._exit(0)',
      'write("a")',
      'os.chdir("/")',
      'os.closerange(0, 256)',
      'time.sleep(300)',
    ]),
    names: ['a'],
  },
  'an orphan that holds the pipe after its command has ended': { script: `(${long('a')} &); exit 0`, names: ['a'] },
  'a stopped child': { script: `bash -c '${write('a')}; kill -STOP $$; sleep 300' & wait`, names: ['a'] },
  'jobs of a shell with job control': { script: `set -m; ${long('a')} & ${long('b')} & wait`, names: ['a', 'b'] },
  'a chain of exec': { script: `exec bash -c 'exec env FOO=1 ${long('a').replaceAll("'", '"')}'`, names: ['a'] },
  'a child of timeout': { script: `timeout 300 ${long('a')}`, names: ['a'] },
  'children of xargs': {
    script: `echo a b | xargs -n 1 -P 2 bash -c 'echo $$ > $0.pid; exec sleep 300'`,
    names: ['a', 'b'],
  },
  'a child without environment in the same group': {
    script: `env -i PATH="$PATH" ${long('a')} & exec sleep 300`,
    names: ['a'],
  },
  'an orphan without environment in the same group that ignores SIGTERM': {
    script: `(env -i PATH="$PATH" ${stubborn('a')} &); exec sleep 300`,
    names: ['a'],
  },
  'a child without environment in its own session': {
    script: `env -i PATH="$PATH" setsid ${long('a')} & exec sleep 300`,
    names: ['a'],
  },
  'a child of Python in its own session': {
    script: python([
      ...pythonWrite,
      `subprocess.Popen(["bash", "-c", "echo $$ > a.pid; exec sleep 300"], start_new_session=True)`,
      'time.sleep(300)',
    ]),
    names: ['a'],
  },
  'a parent of zombies': {
    script: python([
      ...pythonWrite,
      'for _ in range(5):',
      '    if os.fork() == 0: os._exit(0)',
      'if os.fork() == 0: write("a"); time.sleep(300)',
      'write("b")',
      'time.sleep(300)',
    ]),
    names: ['a', 'b'],
  },
  'a coprocess': { script: `coproc ${long('a')}; wait`, names: ['a'] },
  'a process substitution': { script: `cat <(${long('a')}) > >(${long('b')})`, names: ['a', 'b'] },
  'a storm of 200': { script: `for n in $(seq 200); do sleep 300 & done; ${write('a')}; wait`, names: ['a'] },
  'a runner that moves on into new sessions': {
    script: python([
      ...pythonWrite,
      'signal.signal(signal.SIGTERM, signal.SIG_IGN)',
      'if os.fork(): time.sleep(300)',
      'for step in range(2000):',
      '    if os.fork(): os._exit(0)',
      '    os.setsid()',
      '    if step == 3: write("a")',
      '    time.sleep(0.03)',
    ]),
    names: ['a'],
  },
}
