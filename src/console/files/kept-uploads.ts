import { placeOf } from '../lib/kept-texts.ts'

/** A file that the store has, and no ticket yet. */
interface SentFile {
  name: string
  size: number
  uploadId: string | null
  attachmentId: string | null
}

/** Whoever signs in next in this tab does not get what the person before has sent. */
const nameOf = (ticketId: string): string => placeOf('files', ticketId)
/** Files that are not registered are thrown away after an hour. */
const keptMs = 50 * 60_000

/** Keeps what has arrived for a ticket over a reload of this tab. */
export const keepSent = (ticketId: string, files: SentFile[]): void => {
  const sent = files.map(({ name, size, uploadId, attachmentId }) => ({ name, size, uploadId, attachmentId }))
  const until = keptUntil(ticketId) ?? Date.now() + keptMs
  write(ticketId, JSON.stringify({ until, sent }))
}

export const forgetSent = (ticketId: string): void => write(ticketId, null)

/** What had arrived before the reload, if it is still there. */
export const keptSent = (ticketId: string): SentFile[] => {
  const until = keptUntil(ticketId)
  return until !== null && until > Date.now() ? (read(ticketId)?.sent ?? []) : []
}

const keptUntil = (ticketId: string): number | null => read(ticketId)?.until ?? null

const read = (ticketId: string): { until: number; sent: SentFile[] } | null => {
  try {
    return JSON.parse(sessionStorage.getItem(nameOf(ticketId)) ?? 'null')
  } catch {
    return null
  }
}

/** A browser may refuse to keep anything. Then a reload loses the list, and nothing else. */
const write = (ticketId: string, text: string | null): void => {
  try {
    if (text === null) sessionStorage.removeItem(nameOf(ticketId))
    else sessionStorage.setItem(nameOf(ticketId), text)
  } catch {}
}
