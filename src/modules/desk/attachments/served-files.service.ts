import type { App } from '../../../platform/app-context.ts'
import { AppError } from '../../../platform/errors.ts'
import { readObjectKey } from '../../../platform/storage/object-key.ts'
import { findStamp } from './served-files.queries.ts'

/**
 * Refuses a file whose address is good, but which is out of sight since: its attachment or its ticket is deleted, or
 * its ticket has been moved to another customer; or its tenant is suspended.
 * @throws AppError `attachment_missing`.
 */
export const refuseOutOfSight = async (app: App, key: string, stamp: string): Promise<void> => {
  const parts = readObjectKey(key)
  const now = parts === null ? null : await findStamp(app.pool, { tenant_id: parts.tenantId, id: parts.id })
  if (now !== stamp) throw new AppError('attachment_missing')
}
