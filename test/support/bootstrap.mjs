// Makes node_modules match package-lock.json. Runs on any Node that npm brings along, before anything is installed.
import { spawnSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'

const root = fileURLToPath(new URL('../..', import.meta.url))
const stamp = `${root}node_modules/.stretto-lock`

if (!isInstalled()) install()

function isInstalled() {
  if (!existsSync(`${root}node_modules/.bin/node`)) return false
  if (existsSync(stamp)) return readFileSync(stamp, 'utf8') === lockHash()
  return existsSync(`${root}node_modules/.package-lock.json`) && holdsWhatTheLockWants()
}

/** npm's own record of what it installed, for a folder that `npm install` filled. */
function holdsWhatTheLockWants() {
  const wanted = packagesOf('package-lock.json')
  const present = packagesOf('node_modules/.package-lock.json')
  return Object.entries(wanted).every(
    ([path, { version, optional }]) => path === '' || optional || present[path]?.version === version,
  )
}

function packagesOf(file) {
  return JSON.parse(readFileSync(root + file, 'utf8')).packages
}

function install() {
  console.log('Installing what package-lock.json names …')
  const npm = process.env.npm_execpath
  const args = ['ci', '--no-audit', '--no-fund', '--loglevel=error']
  const { status, error } = npm
    ? spawnSync(process.execPath, [npm, ...args], { cwd: root, stdio: 'inherit' })
    : spawnSync('npm', args, { cwd: root, stdio: 'inherit', shell: process.platform === 'win32' })
  if (status !== 0) {
    console.error(`npm ci failed${error ? `: ${error.message}` : ''}. Its messages are above.`)
    process.exit(1)
  }
  writeFileSync(stamp, lockHash())
}

function lockHash() {
  return createHash('sha256')
    .update(readFileSync(`${root}package-lock.json`))
    .digest('hex')
}
