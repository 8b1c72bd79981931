/** Pictures of the scenes to look at: `node test/e2e/panel/shots.ts FOLDER [SCENE …]`. */
import { join } from 'node:path'
import { launchBrowser } from '../../support/vscode/browser.ts'
import { openPanel, type Theme } from './harness.ts'
import { SCENES, type SceneName } from './scenes.ts'

const [folder = '.', ...names] = process.argv.slice(2)
const scenes = Object.keys(SCENES).filter((name): name is SceneName => names.length === 0 || names.includes(name))
const browser = await launchBrowser()
for (const scene of scenes) {
  for (const [theme, width] of variants(scene)) {
    const { page, errors, close } = await openPanel(browser, scene, {
      theme,
      width,
      height: scene === 'empty' ? 700 : 1160,
    })
    if (scene === 'background') await page.getByRole('button', { name: '3 in the background' }).click()
    if (scene === 'compacted') await page.getByRole('button', { name: 'Summarised 42 messages' }).click()
    await page.screenshot({ path: join(folder, `${scene}-${theme}-${width}.png`) })
    for (const error of errors) console.error(`${scene} ${theme} ${width}: ${error}`)
    await close()
  }
}
await browser.close()

function variants(scene: SceneName): [Theme, number][] {
  const few: [Theme, number][] = [
    ['dark', 420],
    ['light', 420],
  ]
  if (scene === 'steer' || scene === 'steering' || scene === 'background')
    return [...few, ['light', 320], ['dark', 320]]
  if (scene === 'compacted' || scene === 'budget') return [...few, ['light', 320], ['dark', 900], ['hc', 420]]
  if (scene === 'script' || scene === 'scriptAsks') return [...few, ['dark', 320], ['dark', 900]]
  if (scene === 'restored') return [...few, ['light', 320], ['dark', 320], ['hc', 420]]
  if (scene === 'review') return [...few, ['dark', 320], ['light', 900], ['hc', 420]]
  return scene === 'running' ? [...few, ['dark', 320], ['dark', 900], ['hc', 420]] : few
}
