import * as z from 'zod'
import { resolveFile } from '../approvals/paths.ts'
import { answer } from '../models/answer.ts'
import type { ModelImage } from '../models/model.ts'
import type { ModelLease } from '../models/source.ts'
import type { Failure, FileTarget } from '../ports.ts'
import type { CancellationToken } from '../scheduling/cancellation.ts'
import { pageUrl } from '../web/address.ts'
import type { AuxiliaryPorts } from './auxiliaryPorts.ts'
import { MOST_PICTURE_BYTES, pictureOf, readBounded } from './media.ts'
import { type CallProgress, failed, type Tool, type ToolResult } from './tool.ts'

const input = z
  .strictObject({
    path: z.string().min(1).optional(),
    url: z.string().min(1).optional(),
    question: z.string().min(1).max(4_000),
  })
  .refine(({ path, url }) => (path === undefined) !== (url === undefined), 'Give either path or url.')
export type VisionAnalyzeInput = z.infer<typeof input>
type Ports = Pick<AuxiliaryPorts, 'web' | 'models' | 'session' | 'spending' | 'workspace'>

/** Has a model that sees look at a picture. */
export function visionAnalyze(ports: Ports): Tool<VisionAnalyzeInput> {
  return {
    name: 'vision_analyze',
    description: 'Has a model that sees answer a question about a picture (PNG, JPEG, GIF, WebP): a file, or a URL.',
    input,
    onSteer: 'return',
    deadlineMs: 120_000,
    summary: ({ path, url }) => path ?? url ?? '',
    async plan({ path, url, question }) {
      const source = path === undefined ? pageUrl(url ?? '') : await resolveFile(path, ports.workspace)
      if ('kind' in source) return source
      const shared = { kind: 'auxiliary', service: 'vision', what: question } as const
      const run = (progress: CallProgress, token: CancellationToken): Promise<ToolResult> =>
        look(source, question, ports, progress, token)
      if (source instanceof URL) return { claims: [], action: { ...shared, targets: [], url: source.href }, run }
      return { claims: [{ kind: 'read', path: source.path }], action: { ...shared, targets: [source] }, run }
    },
  }
}

async function look(
  source: URL | FileTarget,
  question: string,
  ports: Ports,
  progress: CallProgress,
  token: CancellationToken,
): Promise<ToolResult> {
  const picture = await (source instanceof URL ? fetched(source, ports, progress, token) : fromFile(source))
  if ('kind' in picture) return picture
  const { models, session, spending } = ports
  const onText = (text: string): void => progress.output(text)
  const parts = { spending, turnId: progress.owner.turnId, onText, refuses: blind }
  const acquire = (waits: CancellationToken) => models.chat('vision', session.chosen(), waits)
  const said = await answer(acquire, [{ role: 'user', text: question, images: [picture] }], parts, token)
  if (said.kind === 'failed') return said
  if (said.end === 'cancelled') return { kind: 'cancelled', partial: said.text }
  return { kind: 'completed', text: said.end === 'cut' ? `${said.text}\n(The answer broke off.)` : said.text }
}

function blind({ label, facts }: ModelLease): Failure | undefined {
  if (facts?.images !== false) return undefined
  return failed('no_vision', `${label} does not see pictures. Ask the user to name one that does as auxiliary.vision.`)
}

async function fromFile(target: FileTarget): Promise<ModelImage | Failure> {
  const bytes = await readBounded(target, MOST_PICTURE_BYTES)
  return 'kind' in bytes ? bytes : (pictureOf(bytes) ?? noPicture(target.display))
}

async function fetched(
  url: URL,
  { web }: Ports,
  progress: CallProgress,
  token: CancellationToken,
): Promise<ModelImage | Failure> {
  const permits = (next: string): Promise<boolean> => progress.permits(next)
  const request = { url: url.href, accept: 'image/*', mostBytes: MOST_PICTURE_BYTES, permits }
  const page = await web.fetch(request, token)
  if (page.kind === 'failed') return page
  token.throwIfCancelled()
  if (page.end === 'full') return failed('too_large', `${page.url} is over 10 MB. Look for a smaller picture.`)
  if (page.end !== 'whole') return failed('cut', `${page.url} broke off. Try again.`)
  return pictureOf(page.bytes) ?? noPicture(page.url)
}

function noPicture(name: string): Failure {
  return failed('not_a_picture', `${name} is no PNG, JPEG, GIF or WebP picture. Give one of these.`)
}
