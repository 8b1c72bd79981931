// Builds dist/: the extension for VS Code's Node, the panel for its webview.
// --watch rebuilds on change; --production minifies; --budget fails when a bundle is over its size.
import * as esbuild from 'esbuild'
import { mkdir, writeFile } from 'node:fs/promises'
import { jsonSchemas } from './src/core/config/jsonSchemas.ts'

const production = process.argv.includes('--production')
const budget = process.argv.includes('--budget')

/** KiB, minified. */
const LIMITS = {
  'dist/extension.cjs': 1750,
  'dist/kernels/kernel.cjs': 120,
  'dist/kernels/worker.cjs': 20,
  'dist/pages.cjs': 500,
  'dist/shell/analyse.mjs': 130,
  'dist/ui.js': 300,
  'dist/ui.css': 40,
}

const common = {
  bundle: true,
  minify: production || budget,
  sourcemap: production || budget ? false : 'linked',
  metafile: true,
  logLevel: 'warning',
  legalComments: 'none',
  // What its package names for Node cannot be bundled: it requires its parts by names that are only known when it runs.
  alias: { 'jsonc-parser': 'jsonc-parser/lib/esm/main.js' },
}

/** Leaves out what of undici nothing here reaches: its mocks, and a parser that only an environment variable turns on. */
const withoutSpares = {
  name: 'without-spares',
  setup(build) {
    const filter = /[\\/]undici[\\/]lib[\\/](?:milo|mock)[\\/]/
    build.onLoad({ filter }, () => ({ contents: 'module.exports = {}' }))
  },
}

const builds = [
  {
    ...common,
    entryPoints: ['src/extension.ts'],
    outfile: 'dist/extension.cjs',
    platform: 'node',
    format: 'cjs',
    target: 'node24',
    external: ['vscode'],
    plugins: [withoutSpares],
    define: { 'process.env.UNDICI_USE_MILO': '"0"' },
  },
  {
    ...common,
    entryPoints: ['src/core/config/locker.ts'],
    outfile: 'dist/locker.cjs',
    platform: 'node',
    format: 'cjs',
    target: 'node24',
  },
  {
    ...common,
    entryPoints: ['src/core/processes/endAll.ts'],
    outfile: 'dist/endAll.cjs',
    platform: 'node',
    format: 'cjs',
    target: 'node24',
  },
  {
    ...common,
    entryPoints: ['src/core/web/pageWorker.ts'],
    outfile: 'dist/pages.cjs',
    platform: 'node',
    format: 'cjs',
    target: 'node24',
  },
  {
    ...common,
    entryPoints: ['kernel', 'worker'].map((name) => `src/core/code/clients/${name}.ts`),
    outdir: 'dist/kernels',
    outExtension: { '.js': '.cjs' },
    platform: 'node',
    format: 'cjs',
    target: 'node24',
    // Scripts see the names of errors.
    keepNames: true,
  },
  {
    ...common,
    entryPoints: ['src/core/approvals/shell/analyse.ts'],
    outdir: 'dist/shell',
    outExtension: { '.js': '.mjs' },
    platform: 'node',
    // The engine finds out where it is by import.meta.
    format: 'esm',
    target: 'node24',
  },
  {
    ...common,
    sourcemap: false,
    entryPoints: ['web-tree-sitter/web-tree-sitter.wasm', 'tree-sitter-bash/tree-sitter-bash.wasm'],
    entryNames: '[name]',
    outdir: 'dist/shell',
    loader: { '.wasm': 'copy' },
  },
  {
    ...common,
    sourcemap: false,
    entryPoints: ['src/core/code/clients/*.py'],
    outdir: 'dist/kernels',
    loader: { '.py': 'copy' },
  },
  {
    ...common,
    entryPoints: { ui: 'src/ui/main.tsx' },
    outdir: 'dist',
    platform: 'browser',
    format: 'esm',
    target: 'es2024',
    jsx: 'automatic',
    jsxImportSource: 'preact',
    tsconfig: 'src/ui/tsconfig.json',
  },
]

await writeSchemas()
if (process.argv.includes('--watch')) {
  const contexts = await Promise.all(builds.map((options) => esbuild.context({ ...options, logLevel: 'info' })))
  await Promise.all(contexts.map((context) => context.watch()))
} else {
  const results = await Promise.all(builds.map((options) => esbuild.build(options)))
  const outputs = Object.assign({}, ...results.map((result) => result.metafile.outputs))
  await writeFile('dist/meta.json', JSON.stringify({ outputs }))
  if (budget) check(outputs)
}

/** What the editor goes by in the configuration files. */
async function writeSchemas() {
  await mkdir('dist/schemas', { recursive: true })
  for (const [name, schema] of Object.entries(jsonSchemas())) {
    await writeFile(`dist/schemas/${name}.json`, JSON.stringify(schema, undefined, 2))
  }
}

function check(outputs) {
  for (const [file, limit] of Object.entries(LIMITS)) {
    const size = outputs[file].bytes / 1024
    console.log(`${file}: ${size.toFixed(0)} of ${limit} KiB`)
    if (size <= limit) continue
    console.error(`${file} is over its budget. See what grew: dist/meta.json`)
    process.exitCode = 1
  }
}
