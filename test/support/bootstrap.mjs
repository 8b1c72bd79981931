// Makes node_modules match package-lock.json. Runs on any Node that npm brings along, before anything is installed.
import { spawnSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { existsSync, lstatSync, readFileSync, writeFileSync } from 'node:fs'
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

function isLink() {
  return lstatSync(`${root}node_modules`, { throwIfNoEntry: false })?.isSymbolicLink() === true
}

function install() {
  // npm would empty the folder that it points to, which is another tree's.
  if (isLink()) fail('node_modules is a link and does not hold what package-lock.json names. Install where it leads.')
  console.log('Installing what package-lock.json names …')
  const clean = npm(['ci'])
  // npm ci refuses a lock that lacks a package for another platform; npm install keeps to what the lock does name.
  if (!clean) console.log('npm ci refused the lock: installing without its check.')
  if (!clean && !npm(['install', '--no-save'])) fail('npm could not install the dependencies.')
  if (!existsSync(`${root}node_modules/.bin/node`)) installNode()
  writeFileSync(stamp, lockHash())
}

function npm(args) {
  const all = [...args, '--no-audit', '--no-fund', '--loglevel=error']
  const path = process.env.npm_execpath
  const { status } = path
    ? spawnSync(process.execPath, [path, ...all], { cwd: root, stdio: 'inherit' })
    : spawnSync('npm', all, { cwd: root, stdio: 'inherit', shell: process.platform === 'win32' })
  return status === 0
}

/** Where npm runs no install scripts, the `node` package has not fetched its executable. */
function installNode() {
  const { status } = spawnSync(process.execPath, ['installArchSpecificPackage'], {
    cwd: `${root}node_modules/node`,
    stdio: 'inherit',
  })
  if (status !== 0) fail('The devDependency `node` did not install its executable.')
}

function fail(message) {
  console.error(`${message} npm's messages are above.`)
  process.exit(1)
}

function lockHash() {
  return createHash('sha256')
    .update(readFileSync(`${root}package-lock.json`))
    .digest('hex')
}
