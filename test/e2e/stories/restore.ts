import { rm } from 'node:fs/promises'
import { describe, expect, it } from 'vitest'
import { call, reply, text } from '../../support/model/scriptedModel.ts'
import { picture } from '../support/picture.ts'
import { type Story, type Studio, WAIT_MS } from '../support/studio.ts'

const BEFORE = 'one\ntwo\nthree\nfour\nfive\nsix\nseven\n'

export function restoreStories(studio: Studio): void {
  describe('restoring a checkpoint', () => {
    it('after further edits brings back what the turns changed, and keeps what was typed since', async () => {
      await using story = await changedTwice(studio)
      const { page, chat } = story
      await openFile(story, 'kept.txt')
      await page.keyboard.press('Control+End')
      await page.keyboard.type('mine\n')
      await page.keyboard.press('Control+s')
      await expect.poll(() => story.read('kept.txt')).toBe('one\nTWO\nthree\nfour\nFIVE\nsix\nseven\nmine\n')
      await chat.button('Restore checkpoint').first().click()
      await chat.frame.getByRole('button', { name: 'Files', exact: true }).click()
      await chat.frame.getByRole('region', { name: 'Files restored' }).waitFor()
      await picture(story.vscode, 'restored')
      await expect.poll(() => story.read('kept.txt')).toBe(`${BEFORE}mine\n`)
      await expect.poll(() => story.read('made.txt').catch(() => 'gone')).toBe('gone')
      const summary = await chat.frame.getByRole('region', { name: 'Files restored' }).innerText()
      expect(summary).toContain('1 merged with later changes')
      await chat.button('Undo restore').click()
      await chat.frame.getByRole('region', { name: 'Restore undone' }).waitFor()
      await expect.poll(() => story.read('kept.txt')).toBe('one\nTWO\nthree\nfour\nFIVE\nsix\nseven\nmine\n')
      await expect.poll(() => story.read('made.txt')).toBe('made\n')
    })

    it('with the conversation gives the message back to its writer', async () => {
      await using story = await changedTwice(studio)
      const { chat } = story
      await chat.button('Restore checkpoint').nth(1).click()
      await chat.frame.getByRole('button', { name: 'Files and conversation' }).click()
      await chat.frame.getByRole('region', { name: 'Files and conversation restored' }).waitFor()
      await expect.poll(() => chat.composer.inputValue()).toBe('Change it again')
      expect(await chat.frame.locator('[data-turn-id]').count()).toBe(1)
      await expect.poll(() => story.read('kept.txt')).toBe('one\nTWO\nthree\nfour\nfive\nsix\nseven\n')
    })
  })
}

/** Two turns: an edit and a command; another edit. */
async function changedTwice(studio: Studio): Promise<Story> {
  const edit = (word: string) => ({ old_text: `${word}\n`, new_text: `${word.toUpperCase()}\n` })
  const story = await studio.begin(
    {},
    reply(
      text('Now.'),
      call('edit_file', { path: 'kept.txt', edits: [edit('two')] }),
      call('terminal', { command: 'echo made > made.txt' }),
    ),
    reply(text('Done.')),
    reply(text('Again.'), call('edit_file', { path: 'kept.txt', edits: [edit('five')] })),
    reply(text('Done again.')),
  )
  await story.write('kept.txt', BEFORE)
  await rm(story.path('made.txt'), { force: true })
  for (const [turns, message] of [
    [1, 'Change it'],
    [2, 'Change it again'],
  ] as const) {
    await story.chat.send(message)
    await expect.poll(() => story.chat.button('Restore checkpoint').count(), { timeout: WAIT_MS }).toBe(turns)
  }
  return story
}

async function openFile({ vscode, page, path }: Story, file: string): Promise<void> {
  await vscode.driver.evaluate(
    async (api, name) => api.window.showTextDocument(api.Uri.file(name)).then(() => undefined),
    path(file),
  )
  await page
    .locator('.editor-instance .view-lines')
    .first()
    .click({ position: { x: 300, y: 5 } })
}
