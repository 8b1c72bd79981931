import { build } from 'esbuild'
import { join } from 'node:path'
import type { KernelFiles } from '../../src/core/code/kernelProgram.ts'
import { root } from './vscode/paths.ts'

/** The kernels' programs as they are shipped, built into the folder: those from source take a second to start. */
export async function builtKernels(folder: string): Promise<KernelFiles> {
  const clients = join(root, 'src/core/code/clients')
  await build({
    entryPoints: [join(clients, 'kernel.ts'), join(clients, 'worker.ts')],
    outdir: folder,
    outExtension: { '.js': '.cjs' },
    bundle: true,
    platform: 'node',
    format: 'cjs',
    target: 'node24',
    keepNames: true,
  })
  return {
    javascript: join(folder, 'kernel.cjs'),
    worker: join(folder, 'worker.cjs'),
    python: join(clients, 'kernel.py'),
  }
}
