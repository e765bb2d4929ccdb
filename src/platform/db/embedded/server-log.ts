import { spawn } from 'node:child_process'
import { closeSync, fstatSync, openSync, readSync, renameSync, statSync } from 'node:fs'
import { type OsUser, spawnOptionsFor } from './os-user.ts'

const ROTATE_AT_BYTES = 16 * 1024 * 1024

/** A place in a log file. */
export interface LogMark {
  file: string
  from: number
}

/** The current end of the log. A child process writes to `fd`; close it afterwards. */
export const markLog = (file: string): LogMark & { fd: number } => {
  // Only the owner may read the log, because PostgreSQL quotes failed statements in it.
  const fd = openSync(file, 'a', 0o600)
  return { file, fd, from: fstatSync(fd).size }
}

/** Keeps the log and one older log below 16 MB each. Call it only while no process writes to the log. */
export const rotateLog = (file: string): void => {
  if ((statSync(file, { throwIfNoEntry: false })?.size ?? 0) > ROTATE_AT_BYTES) renameSync(file, `${file}.1`)
}

/** The lines that were written since the mark, of at most the last 64 kB. */
export const linesSince = ({ file, from }: LogMark): string[] => {
  const fd = openSync(file, 'r')
  try {
    const { size } = fstatSync(fd)
    const start = Math.max(Math.min(from, size), size - 65_536)
    const bytes = Buffer.alloc(size - start)
    readSync(fd, bytes, 0, bytes.length, start)
    return bytes.toString('utf8').split(/\r?\n/).filter(Boolean)
  } finally {
    closeSync(fd)
  }
}

/** An error that ends with the last eight lines of the log since the mark. */
export const failure = (what: string, mark: LogMark): Error =>
  new Error([`${what}; the log ${mark.file} ends with:`, ...linesSince(mark).slice(-8)].join('\n  '))

/** Runs a program to its end with its output in the log. @throws Error with the last lines when it fails. */
export const runLogged = async (logFile: string, user: OsUser | null, file: string, args: string[]): Promise<void> => {
  const mark = markLog(logFile)
  try {
    const outcome = await new Promise<string>((resolve) => {
      const child = spawn(file, args, { ...spawnOptionsFor(user), stdio: ['ignore', mark.fd, mark.fd] })
      child.once('error', (error) => resolve(error.message))
      child.once('exit', (code, signal) => resolve(code === 0 ? '' : (signal ?? `exit code ${code}`)))
    })
    if (outcome !== '') throw failure(`${file} failed (${outcome})`, mark)
  } finally {
    closeSync(mark.fd)
  }
}
