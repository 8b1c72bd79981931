import { glob } from 'node:fs/promises'
import { join } from 'node:path'
import * as esbuild from 'esbuild'
import { root } from './paths.ts'

/** Bundles a TypeScript module for VS Code's extension host, and returns the bundle's path. */
export async function bundleForHost(entry: string, name: string): Promise<string> {
  const outfile = join(root, 'dist/test', `${name}.cjs`)
  await esbuild.build({
    entryPoints: [join(root, entry)],
    outfile,
    bundle: true,
    platform: 'node',
    format: 'cjs',
    target: 'node24',
    sourcemap: 'inline',
    external: ['vscode', 'mocha'],
    alias: { 'jsonc-parser': 'jsonc-parser/lib/esm/main.js' },
    logLevel: 'warning',
    logOverride: { 'empty-import-meta': 'silent' },
    plugins: [hostTests],
  })
  return outfile
}

/** `host-tests` exports `files`: for each test file its name and a function that loads it. */
const hostTests: esbuild.Plugin = {
  name: 'host-tests',
  setup(build) {
    build.onResolve({ filter: /^host-tests$/ }, () => ({ path: 'host-tests', namespace: 'host-tests' }))
    build.onLoad({ filter: /.*/, namespace: 'host-tests' }, async () => {
      const files: string[] = []
      for await (const file of glob('test/host/**/*.test.ts', { cwd: root })) files.push(file)
      files.sort()
      const entries = files.map((file) => {
        const path = JSON.stringify(`./${file.replaceAll('\\', '/')}`)
        return `{ name: ${path}, load: () => import(${path}) }`
      })
      return { contents: `export const files = [${entries.join(',\n')}]`, resolveDir: root, loader: 'ts' }
    })
  },
}
