import { access, constants } from 'node:fs/promises'
import { join } from 'node:path'

const binary = process.platform === 'win32' ? 'rg.exe' : 'rg'

/** Where ripgrep is: the one that VS Code carries, else `rg` of the PATH. Packed builds keep it outside their archive. */
export async function findRipgrep(appRoot: string): Promise<string> {
  for (const candidate of candidates(appRoot)) {
    if (await isExecutable(candidate)) return candidate
  }
  return binary
}

function candidates(appRoot: string): string[] {
  const machine = `${process.platform}-${process.arch}`
  return ['node_modules.asar.unpacked', 'node_modules'].flatMap((modules) => [
    join(appRoot, modules, '@vscode', 'ripgrep-universal', 'bin', machine, binary),
    join(appRoot, modules, '@vscode', 'ripgrep', 'bin', binary),
  ])
}

async function isExecutable(path: string): Promise<boolean> {
  return access(path, constants.X_OK).then(
    () => true,
    () => false,
  )
}
