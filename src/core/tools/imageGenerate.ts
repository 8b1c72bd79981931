import * as z from 'zod'
import { hostOf } from '../models/endpoint.ts'
import type { ServiceLease } from '../models/auxiliary.ts'
import type { Failure } from '../ports.ts'
import type { CancellationToken } from '../scheduling/cancellation.ts'
import { askBytes, askJson } from '../web/askJson.ts'
import type { AuxiliaryPorts } from './auxiliaryPorts.ts'
import { askService, extensionOf, keep, newFile, pictureOf } from './media.ts'
import { failed, type Tool } from './tool.ts'

const MOST_BYTES = 40 * 1024 * 1024

const input = z.strictObject({
  prompt: z.string().min(1).max(8_000),
  path: z.string().min(1).optional().describe('Where it goes, a .png; a free name in the workspace unless given.'),
  size: z
    .string()
    .regex(/^\d{2,4}x\d{2,4}$/)
    .optional()
    .describe('Such as 1024x1024.'),
})
export type ImageGenerateInput = z.infer<typeof input>
type Ports = Pick<AuxiliaryPorts, 'web' | 'models' | 'files' | 'workspace'>

const answerSchema = z.object({
  data: z.array(z.object({ b64_json: z.string().optional(), url: z.string().optional() })).min(1),
})

/** Has a picture made and writes it in the workspace. */
export function imageGenerate(ports: Ports): Tool<ImageGenerateInput> {
  return {
    name: 'image_generate',
    description: 'Makes a picture from a description and writes it as a new file. The user sees it in the call.',
    input,
    onSteer: 'return',
    deadlineMs: 180_000,
    summary: ({ prompt }) => prompt,
    async plan({ prompt, path, size }) {
      const target = await newFile(path, prompt, '.png', ports.workspace)
      if ('kind' in target) return target
      return {
        claims: [{ kind: 'write', path: target.path }],
        action: { kind: 'auxiliary', service: 'image', what: prompt, targets: [target], writes: true },
        async run(progress, token) {
          const asked = (service: ServiceLease) => make({ prompt, size }, ports, service, token)
          const bytes = await askService(ports, 'image', asked, token)
          if ('kind' in bytes) return bytes
          const made = pictureOf(bytes)?.mime.slice('image/'.length)
          if (made === undefined) return failed('malformed', 'What came is no picture. Try again, or another model.')
          const named = extensionOf(target).replace('jpg', 'jpeg')
          const note = named === made ? undefined : `It is a picture of the kind ${made}, whatever its name says.`
          return keep(target, bytes, note, ports, progress, token)
        },
      }
    },
  }
}

async function make(
  { prompt, size }: Pick<ImageGenerateInput, 'prompt' | 'size'>,
  { web }: Pick<Ports, 'web'>,
  service: ServiceLease,
  token: CancellationToken,
): Promise<Uint8Array | Failure> {
  const { baseUrl, apiKey, model, headers } = service.endpoint
  const answer = await askJson(
    service.fetch,
    {
      url: `${baseUrl}/images/generations`,
      headers: { ...headers, ...(apiKey && { authorization: `Bearer ${apiKey}` }) },
      body: { model, prompt, n: 1, ...(size !== undefined && { size }) },
      name: hostOf(baseUrl),
      secret: apiKey,
      mostBytes: MOST_BYTES,
    },
    token,
  )
  if (answer.kind === 'failed') return answer
  const [picture] = answerSchema.safeParse(answer.value).data?.data ?? []
  if (picture?.b64_json) return Buffer.from(picture.b64_json, 'base64')
  if (picture?.url !== undefined) return download(picture.url, service, web, token)
  return failed('malformed', `${hostOf(baseUrl)} sent no picture. Try again, or choose another model.`)
}

/** Some services give the address of what they made: their own, or one of the public web. */
async function download(
  url: string,
  { endpoint: { baseUrl, apiKey }, fetch }: ServiceLease,
  web: Ports['web'],
  token: CancellationToken,
): Promise<Uint8Array | Failure> {
  if (URL.parse(url)?.origin === new URL(baseUrl).origin) {
    const own = await askBytes(fetch, { url, name: hostOf(baseUrl), secret: apiKey, mostBytes: MOST_BYTES }, token)
    return own.kind === 'failed' ? own : own.bytes
  }
  const request = { url, accept: 'image/*', mostBytes: MOST_BYTES, permits: async () => true }
  const page = await web.fetch(request, token)
  if (page.kind === 'failed') return page
  token.throwIfCancelled()
  return page.end === 'whole' ? page.bytes : failed('cut', 'The picture broke off. Try again.')
}
