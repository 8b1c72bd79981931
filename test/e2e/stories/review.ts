import { describe, expect, it } from 'vitest'
import { call, reply, text } from '../../support/model/scriptedModel.ts'
import { untilCall } from '../support/chat.ts'
import { picture } from '../support/picture.ts'
import { reloadWindow, type Story, type Studio, untilEnded, WAIT_MS } from '../support/studio.ts'

const BEFORE = 'one\ntwo\nthree\nfour\nfive\nsix\nseven\n'
const edits = ['two', 'four', 'six'].map((word) => ({ old_text: `${word}\n`, new_text: `${word.toUpperCase()}\n` }))

export function reviewStories(studio: Studio): void {
  describe('the review of what a turn changed', () => {
    it('is done by keyboard alone: from hunk to hunk, with a verdict on each, and with undo', async () => {
      await using story = await changed(studio, 'by-keys.txt')
      const { page, chat } = story
      await open(story, 'by-keys.txt')
      await page.keyboard.press('Control+k')
      await page.keyboard.press('Alt+ArrowDown')
      await untilLine(story, 2)
      await page.keyboard.press('Control+k')
      await page.keyboard.press('y')
      await untilLine(story, 4)
      await chat.frame.getByText('1 of 3 reviewed').filter({ visible: true }).waitFor()
      await page.keyboard.press('Control+k')
      await page.keyboard.press('n')
      await untilLine(story, 6)
      await expect.poll(() => story.read('by-keys.txt')).toBe('one\nTWO\nthree\nfour\nfive\nSIX\nseven\n')
      await page.keyboard.press('Control+k')
      await page.keyboard.press('n')
      await expect.poll(() => story.read('by-keys.txt')).toBe('one\nTWO\nthree\nfour\nfive\nsix\nseven\n')
      await chat.frame.getByText('1 accepted, 2 rejected').filter({ visible: true }).waitFor()
      await lens(story, 'Accept').first().waitFor({ state: 'detached' })
      await page.keyboard.press('Control+z')
      await chat.frame.getByText('2 of 3 reviewed').filter({ visible: true }).waitFor()
      await lens(story, 'Accept').first().waitFor()
    })

    it('takes one hunk of three back after the user has typed between them', async () => {
      await using story = await changed(studio, 'typed.txt')
      const { page, chat } = story
      await open(story, 'typed.txt')
      await lens(story, 'Reject').nth(2).waitFor()
      await picture(story.vscode, 'review', { themes: ['dark', 'light', 'hc'], window: true })
      await page.keyboard.press('Control+Home')
      await page.keyboard.press('ArrowDown')
      await page.keyboard.press('ArrowDown')
      await page.keyboard.type('mine\n')
      await lens(story, 'Reject').nth(1).click()
      await chat.frame.getByText('1 of 3 reviewed').filter({ visible: true }).waitFor()
      await page.keyboard.press('Control+s')
      await expect.poll(() => story.read('typed.txt')).toBe('one\nTWO\nmine\nthree\nfour\nfive\nSIX\nseven\n')
    })

    it('is the same in the chat: each file, all of them, and after a reload', async () => {
      await using story = await changed(studio, 'in-chat.txt', 'other.txt')
      const { chat } = story
      await chat.frame.getByRole('button', { name: 'Review 2 files' }).waitFor()
      await chat.button('Reject in-chat.txt').click({ force: true })
      await chat.frame.getByText('rejected', { exact: true }).filter({ visible: true }).waitFor()
      expect(await story.read('in-chat.txt')).toBe(BEFORE)
      await chat.frame.getByRole('button', { name: 'Review 1 file' }).click()
      await story.page.getByRole('tab', { name: /Stretto: 2 changed/ }).waitFor()
      await reloadWindow(story.vscode)
      await chat.frame.getByText('rejected', { exact: true }).filter({ visible: true }).waitFor({ timeout: WAIT_MS })
      await open(story, 'other.txt')
      await lens(story, 'Accept all in file').first().waitFor({ timeout: WAIT_MS })
      await chat.button('Accept all').click()
      await chat.frame.getByText('accepted', { exact: true }).filter({ visible: true }).waitFor()
      await lens(story, 'Accept').first().waitFor({ state: 'detached' })
      expect(await chat.button('Accept all').count()).toBe(0)
    })
  })

  describe('an edit that is shown before it is made', () => {
    it('asks whatever the mode, and is made as the user has changed it in its diff', async () => {
      await using story = await studio.begin(
        { approvals: 'all' },
        reply(text('I change it.'), call('edit_file', { path: 'shown.txt', edits: edits.slice(0, 1) })),
        reply(text('Done.')),
      )
      await story.vscode.configure({ 'stretto.edits.review': 'before' })
      try {
        await story.write('shown.txt', BEFORE)
        const { chat, page } = story
        await chat.send('Change it')
        const card = chat.card('edit_file', 'shown.txt')
        await untilCall(card, 'approval')
        await card.getByRole('button', { name: 'Show diff' }).click()
        const right = page.locator('.monaco-diff-editor .editor.modified .view-lines')
        await right.getByText(/^TWO$/).click()
        await page.keyboard.press('End')
        await page.keyboard.type(' and mine')
        await card.getByText('TWO and mine').waitFor()
        await card.getByText('You have changed it').waitFor()
        await picture(story.vscode, 'shown-first', { themes: ['dark', 'light'], window: true })
        await card.getByRole('button', { name: 'Allow once' }).click()
        await untilEnded(chat, 'Completed in')
        expect(await story.read('shown.txt')).toBe(BEFORE.replace('two', 'TWO and mine'))
        expect((await story.results(1))[0]).toContain('The user changed your edit')
        await page.locator('.monaco-diff-editor').waitFor({ state: 'detached' })
      } finally {
        await story.vscode.configure({ 'stretto.edits.review': 'after' })
      }
    })
  })
}

/** A turn that has changed these files in three places each. */
async function changed(studio: Studio, ...files: string[]): Promise<Story> {
  const story = await studio.begin(
    { approvals: 'edits' },
    reply(text('I change them.'), ...files.map((path) => call('edit_file', { path, edits }))),
    reply(text('Done.')),
  )
  for (const file of files) await story.write(file, BEFORE)
  await story.vscode.driver.evaluate(async (api) => {
    // An unsaved file would ask whether to save it.
    await api.workspace.saveAll()
    await api.commands.executeCommand('workbench.action.closeAllEditors')
  }, undefined)
  await story.chat.send('Change them')
  await untilEnded(story.chat, 'Completed in')
  return story
}

async function open(story: Story, file: string): Promise<void> {
  await story.vscode.driver.evaluate(
    async (api, path) => api.window.showTextDocument(api.Uri.file(path)).then(() => undefined),
    story.path(file),
  )
  await lens(story, 'Accept').first().waitFor()
  await story.page
    .locator('.editor-instance .view-lines')
    .first()
    .click({ position: { x: 300, y: 5 } })
  await story.page.keyboard.press('Control+Home')
}

function lens({ page }: Story, title: string) {
  return page.locator('.codelens-decoration a').getByText(title, { exact: true })
}

async function untilLine({ vscode }: Story, line: number): Promise<void> {
  const at = () => vscode.driver.evaluate((api) => api.window.activeTextEditor?.selection.active.line, undefined)
  await expect.poll(at, { timeout: WAIT_MS }).toBe(line - 1)
}
