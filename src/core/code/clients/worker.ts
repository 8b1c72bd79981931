/**
 * The thread of one JavaScript script: globals, modules and an environment of its own. It ends as a Node program does,
 * when nothing goes on any more.
 */
import { spawnSync } from 'node:child_process'
import { realpathSync } from 'node:fs'
import { createRequire, registerHooks } from 'node:module'
import { resolve } from 'node:path'
import { pathToFileURL } from 'node:url'
import { inspect } from 'node:util'
import { type MessagePort, parentPort } from 'node:worker_threads'
import { CancellationSource } from '../../scheduling/cancellation.ts'
import type { RunParams } from '../protocol.ts'
import { keepChannels } from './channels.ts'
import { PortCalls } from './portCalls.ts'
import { printAtOnce } from './printing.ts'
import { scriptTools } from './tools.ts'
import type { FromWorker, ToWorker } from './workerMessages.ts'

/** Where the script is, as its imports and its tracebacks see it: a module in its folder, which no file holds. */
const SCRIPT = 'script.stretto.mjs'
const CHECK_MS = 5_000

if (parentPort === null) throw new Error('this is no program but a thread of one')
listen(parentPort)

function listen(port: MessagePort): void {
  const tell = (message: FromWorker): void => port.postMessage(message, [])
  const calls = new PortCalls(port)
  const scope = new CancellationSource()
  printAtOnce(process)
  keepChannels()
  Object.defineProperty(process, 'chdir', { value: (path: string) => chdir(path, tell), configurable: true })
  port.on('message', (message: ToWorker) => {
    switch (message.kind) {
      case 'run':
        port.unref()
        return void run(message.params, calls, scope, tell)
      case 'stop':
        return scope.cancel('stop')
      case 'answer':
        return calls.settle(message.id, message.reply)
    }
  })
  tell({ kind: 'ready' })
}

async function run(
  { script, code, cwd, environment }: RunParams,
  calls: PortCalls,
  scope: CancellationSource,
  tell: (message: FromWorker) => void,
): Promise<void> {
  const url = pathToFileURL(resolve(cwd, SCRIPT)).href
  registerHooks({
    resolve: (specifier, context, next) =>
      specifier === url ? { url, format: 'module', shortCircuit: true } : next(specifier, context),
    load: (asked, context, next) =>
      asked === url ? { format: 'module', source: code, shortCircuit: true } : next(asked, context),
  })
  Object.assign(process.env, environment)
  process.argv.splice(1)
  Object.assign(globalThis, { tools: scriptTools(calls, script, scope), require: createRequire(url) })
  let settled = false
  process.on('beforeExit', () => {
    if (!settled) tell({ kind: 'unsettled' })
  })
  try {
    await import(url)
    settled = true
  } catch (error) {
    tell({ kind: 'fault', text: textOf(error, url, code) })
    process.exit(1)
  }
}

/** An error of syntax does not say where it is; Node does, when it is asked to look at the text. */
function textOf(error: unknown, url: string, code: string): string {
  if (!(error instanceof SyntaxError) || error.stack?.includes(url) === true) return inspect(error)
  const check = ['--check', '--input-type=module', '-']
  const { stderr } = spawnSync(process.execPath, check, { input: code, encoding: 'utf8', timeout: CHECK_MS })
  const [found] = /^[^]*?^SyntaxError: .*/m.exec(stderr) ?? []
  return found?.replace('[stdin]', url) ?? inspect(error)
}

function chdir(path: string, tell: (message: FromWorker) => void): void {
  const target = realpathSync(path)
  const done = new Int32Array(new SharedArrayBuffer(4))
  tell({ kind: 'chdir', path: target, done })
  Atomics.wait(done, 0, 0)
  if (done[0] === 2) throw new Error(`The working directory cannot be changed to ${target}.`)
}
