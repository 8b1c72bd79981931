/**
 * A thread that holds locks on files for its process: each is a transaction of SQLite on a lock file, which the system
 * ends when the process dies. Node has no other such lock, and SQLite blocks its thread.
 */
import { DatabaseSync } from 'node:sqlite'
import { parentPort } from 'node:worker_threads'
import type { FromLocker, ToLocker } from './lockMessages.ts'

/** Between two looks at a lock that another process holds, in ms. */
const PAUSE_MS = 4
/** Longer than a pause: who has just held a lock leaves it to those who wait elsewhere. */
const COURTESY_MS = 8

const SQLITE_BUSY = 5

interface Lock {
  path: string
  database: DatabaseSync
  timer: NodeJS.Timeout | undefined
}

const locks = new Map<number, Lock>()
/** When this process gave a lock back, by its file. */
const given = new Map<string, number>()

parentPort?.on('message', (message: ToLocker) => {
  if (message.kind === 'take') take(message.id, message.path)
  else give(message.id)
})

function take(id: number, path: string): void {
  try {
    const lock: Lock = { path, database: new DatabaseSync(path, { timeout: 0 }), timer: undefined }
    locks.set(id, lock)
    const left = (given.get(path) ?? 0) + COURTESY_MS - Date.now()
    if (left <= 0) attempt(id, lock)
    else lock.timer = setTimeout(attempt, Math.min(left, COURTESY_MS), id, lock)
  } catch (error) {
    refuse(id, error)
  }
}

function attempt(id: number, lock: Lock): void {
  try {
    lock.database.exec('BEGIN IMMEDIATE')
    answer({ kind: 'taken', id })
  } catch (error) {
    if (isBusy(error)) lock.timer = setTimeout(attempt, PAUSE_MS, id, lock)
    else refuse(id, error)
  }
}

function give(id: number): void {
  const lock = locks.get(id)
  if (lock === undefined) return
  locks.delete(id)
  clearTimeout(lock.timer)
  if (lock.database.isTransaction) given.set(lock.path, Date.now())
  lock.database.close()
}

function refuse(id: number, error: unknown): void {
  give(id)
  answer({ kind: 'failed', id, message: error instanceof Error ? error.message : String(error) })
}

function answer(message: FromLocker): void {
  parentPort?.postMessage(message, [])
}

/** The low byte is the kind of the error. */
function isBusy(error: unknown): boolean {
  return (
    error instanceof Error &&
    'errcode' in error &&
    typeof error.errcode === 'number' &&
    error.errcode % 256 === SQLITE_BUSY
  )
}
