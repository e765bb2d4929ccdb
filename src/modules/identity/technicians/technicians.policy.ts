import { type Sql, sql } from '../../../platform/db/sql.ts'
import type { Actor, User } from '../accounts/actor.ts'
import type { TechnicianChange } from './technicians.schemas.ts'

/**
 * Which technicians an actor sees: admins all, technicians themselves, customers none, because their tickets have the
 * name of the technician.
 */
export const visibleTechnicians = (actor: Actor): Sql => {
  switch (actor.role) {
    case 'admin':
    case 'system':
      return sql`true`
    case 'technician':
      return sql`a.account_id = ${actor.accountId}`
    case 'customer':
      return sql`false`
  }
}

const ownMembers = new Set(['phone_number', 'available'])

/** The members of a change that the actor may not change. */
export const forbiddenMembers = (actor: User, change: TechnicianChange): string[] =>
  actor.role === 'admin' ? [] : Object.keys(change).filter((member) => !ownMembers.has(member))
