/** The tools whose files the panel shows, and by which names. */
const media: Record<string, { kind: 'image' | 'audio'; extensions: readonly string[] }> = {
  image_generate: { kind: 'image', extensions: ['.png', '.jpg', '.jpeg', '.webp', '.gif'] },
  text_to_speech: { kind: 'audio', extensions: ['.mp3', '.wav', '.opus', '.flac', '.aac'] },
}

/** Whether a call of this tool makes something to be seen or heard. */
export function mediaOf(tool: string): 'image' | 'audio' | undefined {
  return Object.hasOwn(media, tool) ? media[tool]?.kind : undefined
}

/** @param extension with its dot */
export function isMedia(tool: string, extension: string): boolean {
  return mediaOf(tool) !== undefined && media[tool]?.extensions.includes(extension.toLowerCase()) === true
}
