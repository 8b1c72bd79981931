// Loaded into the VS Code server: ends its process group when whoever started it is gone, however that went.
if (process.argv[1]?.endsWith('server-main.js')) {
  process.stdin.on('end', () => process.kill(process.platform === 'win32' ? process.pid : -process.pid, 'SIGTERM'))
  process.stdin.resume().unref()
}
