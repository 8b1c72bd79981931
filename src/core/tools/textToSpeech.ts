import * as z from 'zod'
import type { ServiceLease } from '../models/auxiliary.ts'
import { hostOf } from '../models/endpoint.ts'
import type { Failure, FileTarget } from '../ports.ts'
import type { CancellationToken } from '../scheduling/cancellation.ts'
import { askBytes } from '../web/askJson.ts'
import type { AuxiliaryPorts } from './auxiliaryPorts.ts'
import { askService, extensionOf, keep, newFile } from './media.ts'
import { failed, type Tool } from './tool.ts'

const MOST_BYTES = 40 * 1024 * 1024
const FORMATS = ['mp3', 'wav', 'opus', 'flac', 'aac']

const input = z.strictObject({
  text: z.string().min(1).max(4_096),
  path: z
    .string()
    .min(1)
    .optional()
    .describe('Where it goes: .mp3, .wav, .opus, .flac or .aac; a free name unless given.'),
  voice: z.string().min(1).max(100).optional(),
})
export type TextToSpeechInput = z.infer<typeof input>
type Ports = Pick<AuxiliaryPorts, 'models' | 'files' | 'workspace'>

/** Has a text spoken and writes the sound in the workspace. */
export function textToSpeech(ports: Ports): Tool<TextToSpeechInput> {
  return {
    name: 'text_to_speech',
    description: 'Has a text spoken and writes the sound as a new file. The user can play it in the call.',
    input,
    onSteer: 'return',
    deadlineMs: 120_000,
    summary: ({ text }) => text,
    async plan({ text, path, voice }) {
      const target = await newFile(path, text, '.mp3', ports.workspace)
      if ('kind' in target) return target
      if (!FORMATS.includes(extensionOf(target))) {
        return failed('bad_path', `${target.display} is no name of a sound. End it in .${FORMATS.join(', .')}.`)
      }
      return {
        claims: [{ kind: 'write', path: target.path }],
        action: { kind: 'auxiliary', service: 'speech', what: text, targets: [target], writes: true },
        async run(progress, token) {
          const asked = (service: ServiceLease) => speak({ text, voice }, target, service, token)
          const bytes = await askService(ports, 'speech', asked, token)
          return 'kind' in bytes ? bytes : keep(target, bytes, undefined, ports, progress, token)
        },
      }
    },
  }
}

async function speak(
  { text, voice = 'alloy' }: Pick<TextToSpeechInput, 'text' | 'voice'>,
  target: FileTarget,
  { endpoint, fetch }: ServiceLease,
  token: CancellationToken,
): Promise<Uint8Array | Failure> {
  const { baseUrl, apiKey, model, headers } = endpoint
  const sound = await askBytes(
    fetch,
    {
      url: `${baseUrl}/audio/speech`,
      headers: { ...headers, ...(apiKey && { authorization: `Bearer ${apiKey}` }) },
      body: { model, input: text, voice, response_format: extensionOf(target) },
      name: hostOf(baseUrl),
      secret: apiKey,
      mostBytes: MOST_BYTES,
    },
    token,
  )
  if (sound.kind === 'failed') return sound
  const isSound = sound.bytes.length > 0 && !/json|text|html/.test(sound.type)
  return isSound ? sound.bytes : failed('malformed', `${hostOf(baseUrl)} sent no sound. Try again, or another model.`)
}
