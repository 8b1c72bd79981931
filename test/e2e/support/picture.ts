/** Pictures of the panel, to look at: test/e2e/shots/NAME-THEME-WIDTH.png. */
import { mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import type { Page } from 'playwright-core'
import { root } from '../../support/vscode/paths.ts'
import type { OpenVsCode } from './openVsCode.ts'

const THEMES = {
  light: { name: 'Default Light Modern', mark: 'vs' },
  dark: { name: 'Default Dark Modern', mark: 'vs-dark' },
  hc: { name: 'Default High Contrast', mark: 'hc-black' },
}
export type PictureTheme = keyof typeof THEMES

interface PictureOptions {
  themes?: readonly PictureTheme[]
  /** The sidebar's width in px. */
  width?: number
  /** The whole window instead of the sidebar. */
  window?: boolean
}

/** The sidebar's usual width in pictures, in px. */
export const WIDTH = 420

/** Takes a picture in each theme; the window is left in the dark theme and the usual width. */
export async function picture(vscode: OpenVsCode, name: string, options: PictureOptions = {}): Promise<void> {
  const { themes = ['light', 'dark'], width = WIDTH, window = false } = options
  if (width !== WIDTH) await widenSidebar(vscode.page, width)
  for (const theme of themes) {
    await showTheme(vscode, theme)
    const path = await pathOfPicture(`${name}-${theme}-${width}`)
    if (window) await vscode.page.screenshot({ path })
    else await vscode.page.locator('.part.sidebar').screenshot({ path })
  }
  await showTheme(vscode, 'dark')
  if (width !== WIDTH) await widenSidebar(vscode.page, WIDTH)
}

async function showTheme({ configure, page }: OpenVsCode, theme: PictureTheme): Promise<void> {
  await configure({ 'workbench.colorTheme': THEMES[theme].name })
  await page.locator(`.monaco-workbench.${THEMES[theme].mark}`).waitFor()
}

/** Drags the sidebar's edge. */
export async function widenSidebar(page: Page, width: number): Promise<void> {
  const box = await page.locator('.part.sidebar').boundingBox()
  if (box === null) throw new Error('There is no sidebar.')
  const y = box.y + box.height / 2
  await page.mouse.move(box.x + box.width, y)
  await page.mouse.down()
  await page.mouse.move(box.x + width, y, { steps: 4 })
  await page.mouse.up()
}

/** Where a picture of that name goes. */
export async function pathOfPicture(name: string): Promise<string> {
  const folder = join(root, 'test/e2e/shots')
  await mkdir(folder, { recursive: true })
  return join(folder, `${name}.png`)
}
