import type { App } from '../../platform/app-context.ts'
import { deleteExpiredSessions } from './auth.queries.ts'
import { deleteOldPasswordResets } from './password-resets.queries.ts'

/** Forgets sessions and links long after they have expired. */
export const deleteExpiredData = async (app: App): Promise<void> => {
  await deleteExpiredSessions(app.pool)
  await deleteOldPasswordResets(app.pool)
}
