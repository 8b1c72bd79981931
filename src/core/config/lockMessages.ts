/** To the thread that holds the locks. What waits is given up by giving it back. */
export type ToLocker = { kind: 'take'; id: number; path: string } | { kind: 'give'; id: number }

export type FromLocker = { kind: 'taken'; id: number } | { kind: 'failed'; id: number; message: string }
