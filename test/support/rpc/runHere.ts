import { spawn } from 'node:child_process'
import type { RunShell } from '../../../src/core/rpc/shellFolder.ts'

/** Stands for a command on another machine: a shell of its own for each. */
export const runHere: RunShell = async (command, input) => {
  const child = spawn('sh', ['-c', command])
  const output: Buffer[] = []
  let errors = ''
  child.stdout.on('data', (chunk: Buffer) => output.push(chunk))
  child.stderr.on('data', (chunk: Buffer) => (errors += chunk.toString()))
  // A command that ends early does not read its input.
  child.stdin.on('error', () => {})
  child.stdin.end(input)
  const exitCode = await new Promise<number>((resolve) => child.once('close', (code) => resolve(code ?? -1)))
  return { exitCode, output: Buffer.concat(output), errors }
}
