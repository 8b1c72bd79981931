// Runs in the extension host what a browser test asks for, by name of a function's source.
// oxlint-disable typescript/no-implied-eval -- running a test's own code is what this extension is for
const { connect } = require('node:net')
const { createInterface } = require('node:readline')
const vscode = require('vscode')

exports.activate = () => {
  const port = Number(process.env.STRETTO_TEST_DRIVER)
  if (!port) return
  const socket = connect(port, '127.0.0.1')
  socket.on('error', () => socket.destroy())
  createInterface(socket).on('line', (line) => void answer(JSON.parse(line)))
  const send = (message) => socket.write(`${JSON.stringify(message)}\n`)
  send({ ready: true, pid: process.pid })

  async function answer({ id, source, argument }) {
    try {
      const run = new Function('vscode', 'require', `return (${source})`)(vscode, require)
      send({ id, value: await run(vscode, argument) })
    } catch (error) {
      send({ id, error: error instanceof Error ? (error.stack ?? error.message) : String(error) })
    }
  }
}
