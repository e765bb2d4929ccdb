import { type Sql, sql } from '../../../platform/db/sql.ts'
import type { User } from '../../identity/accounts/actor.ts'

/** Which webhooks `h` an actor sees and changes: admins all of the tenant, technicians their own. */
export const visibleWebhooks = (actor: User): Sql =>
  actor.role === 'admin' ? sql`h.deleted_at is null` : sql`(h.deleted_at is null and h.owner_id = ${actor.accountId})`

/** Whether webhooks of an owner are told with the positions of the log: of admins, who see the whole tenant. */
export const seesPositions = (role: string): boolean => role === 'admin'
