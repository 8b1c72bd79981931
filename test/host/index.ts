/** Runs every test/host/**\/*.test.ts with mocha, in VS Code's extension host, and tells the runner of each result. */
import { files } from 'host-tests'
import Mocha from 'mocha'
import * as vscode from 'vscode'
import { callRunner } from '../support/vscode/channel.ts'
import type { HostReport } from '../support/vscode/hostReport.ts'

const TIMEOUT_MS = 30_000

export async function run(): Promise<void> {
  process.setSourceMapsEnabled(true)
  const runner = await callRunner()
  const send = (report: HostReport) => runner.send(report)
  try {
    // Whether this machine has a sandbox does not decide what these tests see; those of the sandbox are elsewhere.
    await vscode.workspace.getConfiguration('stretto').update('sandbox', 'off', vscode.ConfigurationTarget.Global)
    const mocha = new Mocha({ ui: 'bdd', timeout: TIMEOUT_MS, reporter: Silent })
    const { STRETTO_TEST_GREP: grep, STRETTO_TEST_FILES: only } = process.env
    if (grep) mocha.grep(grep)
    mocha.suite.emit('pre-require', globalThis, '', mocha)
    for (const { name, load } of files) if (!only || name.includes(only)) await load()
    const failures = await execute(mocha, send)
    send({ type: 'ended' })
    if (failures > 0) throw new Error(`${failures} failed`)
  } finally {
    await runner.end()
  }
}

/** The runner outside prints; mocha wants a reporter all the same. */
class Silent extends Mocha.reporters.Base {}

function execute(mocha: Mocha, send: (report: HostReport) => void): Promise<number> {
  return new Promise((resolve) => {
    const runner = mocha.run(resolve)
    runner.on('suite', (suite) => send({ type: 'suite', title: suite.title, depth: depthOf(suite) }))
    runner.on('pass', (test) =>
      send({ type: 'passed', title: test.title, depth: depthOf(test), ms: test.duration ?? 0 }),
    )
    runner.on('pending', (test) => send({ type: 'skipped', title: test.title, depth: depthOf(test) }))
    runner.on('fail', (test, error: Error) => {
      send({ type: 'failed', title: test.fullTitle(), depth: depthOf(test), error: error.stack ?? String(error) })
    })
  })
}

function depthOf(item: { parent?: Mocha.Suite | undefined }): number {
  return item.parent === undefined ? 0 : 1 + depthOf(item.parent)
}
