import fs from 'node:fs'
import { syncBuiltinESMExports } from 'node:module'

/** The kernel's way to the host, among the descriptors of the process. */
const CHANNELS = [3, 4]

/** A script cannot close what is not its own: the next file that it opened would be written to by the kernel. */
export function keepChannels(): void {
  const { close, closeSync } = fs
  fs.closeSync = (descriptor) => {
    refuse(descriptor)
    closeSync(descriptor)
  }
  const guarded: typeof fs.close = Object.assign((...args: Parameters<typeof fs.close>) => {
    refuse(args[0])
    close(...args)
  }, close)
  fs.close = guarded
  syncBuiltinESMExports()
}

function refuse(descriptor: number): void {
  if (!CHANNELS.includes(descriptor)) return
  throw Object.assign(new Error('EBADF: bad file descriptor, close'), { code: 'EBADF', syscall: 'close' })
}
