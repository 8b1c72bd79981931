/**
 * Stands for the extension host: starts each command of its arguments, with a supervisor, says where its outputs would
 * be, and ends all of it cleanly when its input ends.
 */
import { join } from 'node:path'
import { Processes } from '../../src/core/processes/processes.ts'
import { Supervisor } from '../../src/core/processes/supervisor.ts'
import { neverCancelled } from '../../src/core/scheduling/cancellation.ts'

const log = { info() {}, warn: console.error, error: console.error }
const program = join(import.meta.dirname, '../../src/core/processes/endAll.ts')
const processes = new Processes(new Supervisor(program, log))
for (const script of process.argv.slice(2)) {
  const options = { file: 'bash', args: ['-c', script], cwd: process.cwd(), onOutput() {}, onError() {} }
  const child = await processes.open(options, 'turn', neverCancelled)
  void child.ended.then(() => console.log('ended'))
}
// As if an output had been too long for memory.
processes.files.create().add(Buffer.from('kept'))
console.log(`${processes.files.folder}\nstarted`)
// It lives on: what ends now is not ended by its death.
process.stdin.resume().on('end', () => void processes.dispose().then(() => console.log('disposed')))
setInterval(() => {}, 1_000)
