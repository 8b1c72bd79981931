import * as z from 'zod'

/** What the worker is given. */
export const pageMessage = z.object({ html: z.string(), url: z.string() })
export type PageMessage = z.infer<typeof pageMessage>

/** What it makes of it. */
export const pageText = z.object({ title: z.string(), markdown: z.string() })
export type PageText = z.infer<typeof pageText>
