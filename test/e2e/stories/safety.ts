import { createServer } from 'node:http'
import { describe, expect, it } from 'vitest'
import { call, reply, text } from '../../support/model/scriptedModel.ts'
import { untilCall } from '../support/chat.ts'
import { picture } from '../support/picture.ts'
import { newSession, type Studio, untilEnded } from '../support/studio.ts'

/** A server that nobody should speak to. */
async function sink(): Promise<{ url: string; heard: string[] } & AsyncDisposable> {
  const heard: string[] = []
  const server = createServer((request, response) => {
    heard.push(request.url ?? '')
    response.end('x')
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const address = server.address()
  const port = typeof address === 'object' && address !== null ? address.port : 0
  const url = `http://127.0.0.1:${port}`
  return {
    url,
    heard,
    [Symbol.asyncDispose]: async () => {
      server.closeAllConnections()
      server.close()
    },
  }
}

/** What would have a page load something, each in a block of its own. */
function hostile(url: string): string {
  const lines = [
    `![](${url}/?data=markdown)`,
    `[![a](${url}/?data=nested)](${url}/?data=link)`,
    `![x][p]\n\n[p]: ${url}/?data=reference`,
    `<img src="${url}/?data=img" onerror="fetch('${url}/?data=onerror')">`,
    `<svg xmlns="http://www.w3.org/2000/svg"><image href="${url}/?data=svg"/><style>@import url(${url}/?data=import);</style></svg>`,
    `<div style="background: url(${url}/?data=css)">css</div>`,
    `<link rel="prefetch" href="${url}/?data=prefetch"><link rel="dns-prefetch" href="${url}">`,
    `<iframe src="${url}/?data=iframe"></iframe><object data="${url}/?data=object"></object>`,
    `<script>fetch('${url}/?data=script')</script>`,
    `<form action="${url}/?data=form"><button>Send</button></form>`,
    `\`\`\`mermaid\ngraph TD; A["<img src=${url}/?data=mermaid>"]\n\`\`\``,
    `\`\`\`html\n<img src="${url}/?data=code">\n\`\`\``,
    `[a link](${url}/?data=click) and <${url}/?data=autolink>`,
    `| <img src=${url}/?data=table> |\n| --- |\n| x |`,
  ]
  return lines.join('\n\n')
}

export function safetyStories(studio: Studio): void {
  describe('what a model or a file writes', () => {
    it('loads nothing and is no markup: in an answer, a file’s name, a command, an output, a question', async () => {
      await using there = await sink()
      const markup = `<img src=${there.url}/?data=name onerror=alert(1)>`
      await using story = await studio.begin(
        { approvals: 'ask' },
        reply(
          text(hostile(there.url)),
          call('read_file', { path: `${markup}.txt` }),
          call('terminal', { command: `touch '${markup}'` }),
          call('ask_user', { question: `${markup} ?`, options: [markup] }),
        ),
        reply(text('The end.')),
      )
      const { chat } = story
      await chat.send('Go on')
      const card = chat.card('terminal')
      await untilCall(card, 'approval')
      await card.getByText('touch').first().waitFor()
      await chat.frame.getByText('a link').waitFor()
      await picture(story.vscode, 'hostile', { themes: ['dark'] })
      const loading =
        'img, image, iframe, object, embed, link[rel*=prefetch], #panel style, #panel script, [style*=url], form'
      expect(await chat.frame.locator('#panel').locator(loading).count()).toBe(0)
      expect(await chat.frame.locator('#panel a[href]').count()).toBe(0)
      await card.getByRole('button', { name: 'Deny' }).click()
      await chat.card('ask_user').getByRole('button', { name: markup, exact: true }).click()
      await untilEnded(chat, 'Completed in')
      expect(there.heard).toEqual([])
      await fetch(`${there.url}/control`)
      expect(there.heard).toEqual(['/control'])
    })
  })

  describe('an answer for the workspace', () => {
    it('holds in the next session, is listed, and is taken back', async () => {
      const same = call('terminal', { command: 'touch kept.txt' })
      await using story = await studio.begin(
        { approvals: 'ask' },
        reply(text('Once.'), same),
        reply(text('Done.')),
        reply(text('Again.'), same),
        reply(text('Done again.')),
        reply(text('And again.'), same),
        reply(text('Denied.')),
      )
      const first = story.chat
      await first.send('Run it')
      const card = first.card('terminal', 'kept.txt')
      await untilCall(card, 'approval')
      await card.getByRole('checkbox', { name: 'Also for later sessions in this workspace' }).check()
      await card.getByRole('button', { name: 'Allow for this session' }).click()
      await untilEnded(first, 'Completed in')
      const second = await newSession(story.vscode)
      await second.send('Run it again')
      await untilCall(second.card('terminal', 'kept.txt'), 'completed')
      await untilEnded(second, 'Completed in')
      await second.button('1 answer remembered').click()
      const list = second.frame.getByRole('list', { name: 'Allowed without a question' })
      await picture(story.vscode, 'remembered', { themes: ['light', 'dark', 'hc'] })
      await picture(story.vscode, 'remembered', { themes: ['dark'], width: 320 })
      await list.getByRole('button', { name: /^Take back: touch kept\.txt in / }).click()
      await list.waitFor({ state: 'detached' })
      await second.send('And once more')
      const asked = second.cards('terminal').last()
      await untilCall(asked, 'approval')
      await asked.getByRole('button', { name: 'Deny' }).click()
      await untilEnded(second, 'Completed in')
    })
  })
}
