import type { App } from '../../../platform/app-context.ts'
import { outOfTurn } from '../../../platform/db/connection-turns.ts'
import { perApp } from '../../../platform/per-app.ts'
import { type Use, writeUses } from './sessions.queries.ts'

/** For how long uses are gathered before one statement writes them, and how many it writes. */
const gatherMs = 1_000
const atOnce = 1_000

/** The uses that each program has not written yet, by session. */
const gatheredBy = perApp(() => new Map<string, Use>())

/**
 * Writes the gathered uses. What cannot be written is forgotten, because the next use of the session is noted again.
 */
const write = async (app: App, uses: Map<string, Use>): Promise<void> => {
  const batch = [...uses.values()].slice(0, atOnce)
  try {
    await writeUses(app.pool, batch, app.config.REFRESH_TOKEN_DAYS)
  } catch (error) {
    app.log.debug({ error }, 'the uses of sessions could not be written this time')
  }
  for (const { sessionId } of batch) uses.delete(sessionId)
  if (uses.size > 0) writeLater(app, uses)
}

const writeLater = (app: App, uses: Map<string, Use>): void => {
  outOfTurn(() => setTimeout(() => void write(app, uses), gatherMs).unref())
}

/**
 * Notes that a session is used. No request waits for it: the uses of all sessions within a second are written by one
 * statement. Those of a program that stops meanwhile are lost.
 */
export const noteUse = (app: App, tenantId: number, sessionId: string): void => {
  const uses = gatheredBy(app)
  if (uses.size >= 10 * atOnce) return
  const isFirst = uses.size === 0
  uses.set(sessionId, { tenantId, sessionId })
  if (isFirst) writeLater(app, uses)
}
