/** One window for many stories: each gets a model and a session of its own. */
import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { Page } from 'playwright-core'
import { afterAll, afterEach, beforeAll, expect } from 'vitest'
import { type ScriptedModel, scriptedModel, type ScriptedReply } from '../../support/model/scriptedModel.ts'
import { type Chat, openChat } from './chat.ts'
import { openVsCode, type OpenVsCode } from './openVsCode.ts'
import { pathOfPicture, widenSidebar, WIDTH } from './picture.ts'

/** For what a slow machine may take. */
export const WAIT_MS = 30_000

export interface Story extends AsyncDisposable {
  vscode: OpenVsCode
  page: Page
  chat: Chat
  model: ScriptedModel
  /** A file of the workspace, absolute. */
  path(name: string): string
  write(name: string, text: string): Promise<void>
  read(name: string): Promise<string>
  /** The results of calls that the model was given with its request of that number, in call order. */
  results(request: number): Promise<string[]>
}

export interface Studio {
  vscode(): OpenVsCode
  /** Begins a story: an empty session with a model that says this. The approvals are `all` unless given. */
  begin(options: { approvals?: 'ask' | 'edits' | 'all' }, ...script: ScriptedReply[]): Promise<Story>
}

/** To be called where a file's tests are described. */
export function studio(): Studio {
  let opened: OpenVsCode | undefined
  let count = 0
  const vscode = (): OpenVsCode => {
    if (opened === undefined) throw new Error('The window is open only while tests run.')
    return opened
  }
  beforeAll(async () => {
    opened = await openVsCode()
    await openChat(opened.page)
    await widenSidebar(opened.page, WIDTH)
  })
  afterAll(() => opened?.[Symbol.asyncDispose]())
  afterEach(async ({ task }) => {
    if (task.result?.state !== 'fail' || opened === undefined) return
    await opened.page.screenshot({ path: await pathOfPicture(`failed-${task.name.replaceAll(/\W+/g, '-')}`) })
  })
  return {
    vscode,
    begin: async ({ approvals = 'all' }, ...script) => {
      const model = await scriptedModel(...script)
      const name = `model-${++count}`
      await vscode().configure({
        'stretto.model.provider': 'openai',
        'stretto.model.baseUrl': model.url,
        'stretto.model.name': name,
        'stretto.approvals.mode': approvals,
      })
      return begin(vscode(), model, name)
    },
  }
}

async function begin(vscode: OpenVsCode, model: ScriptedModel, name: string): Promise<Story> {
  const chat = await newSession(vscode)
  await chat.button(`Model: ${name}`).waitFor()
  const path = (file: string): string => join(vscode.workspace, file)
  return {
    vscode,
    page: vscode.page,
    chat,
    model,
    path,
    write: (file, text) => writeFile(path(file), text),
    read: (file) => readFile(path(file), 'utf8'),
    results: async (request) => {
      const { messages } = await model.request(request)
      const last = messages.findLastIndex(({ role }) => role === 'assistant')
      return messages.slice(last + 1).flatMap(({ role, content }) => (role === 'tool' ? [String(content)] : []))
    },
    [Symbol.asyncDispose]: async () => {
      await vscode.driver.evaluate((api) => api.commands.executeCommand('stretto.stop'), undefined)
      await vscode.driver.evaluate((api) => api.commands.executeCommand('notifications.clearAll'), undefined)
      await model[Symbol.asyncDispose]()
    },
  }
}

/** Shows the panel with an empty session. */
export async function newSession({ driver, page }: OpenVsCode): Promise<Chat> {
  await driver.evaluate((api) => api.commands.executeCommand('stretto.newSession'), undefined)
  const chat = await openChat(page)
  await expect.poll(() => chat.frame.locator('[data-turn-id]').count(), { timeout: WAIT_MS }).toBe(0)
  return chat
}

/** Settles when the turn has ended so: `Completed in`, `Stopped after`, `Failed after`. */
export async function untilEnded(chat: Chat, words: string): Promise<void> {
  await chat.frame.locator('[data-turn-id]').last().getByText(words).waitFor({ timeout: WAIT_MS })
}

/** Loads the window again, as a user does; settles when its extensions run. */
export async function reloadWindow({ driver, page }: OpenVsCode): Promise<void> {
  const restarted = driver.restarted()
  await page.reload()
  await restarted
}
