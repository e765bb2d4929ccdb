import { AccountStatus, Role } from '../../../contract/enums.ts'
import { allOf, type Db, many, maybeOne, planEachTime, type Sql, sql, withinTime } from '../../../platform/db/sql.ts'
import type { PageRequest } from '../../../platform/paging.ts'
import { isCalledOrNumbered, isNamedOrNumbered, isPerson, shownEmail, shownSignInName } from './accounts.steps.ts'
import {
  type DirectoryFilter,
  DirectoryRole,
  DirectoryRow,
  type PeopleFilter,
  Person,
  type PersonKey,
  PersonRow,
} from './people-accounts.schemas.ts'

/** The columns of a person `a`, who is the technician `w` if they are one. */
const personColumns = sql`a.account_id, a.role, ${shownSignInName} as user_id, a.name, ${shownEmail} as email,
  w.phone_number, w.category, w.available, a.status, a.created_at`

/** An admin with a technician's number has kept the row of a technician, which nobody sees until they are one again. */
const asTechnician = sql`left join lateral (
  select w.tenant_id, w.technician_id, w.phone_number, w.category, w.available from technicians w
  where w.tenant_id = a.tenant_id and w.technician_id = a.account_id and a.role = 'technician' limit 1) w on true`

export const findPerson = (db: Db, tenantId: number, accountId: string): Promise<Person | null> =>
  maybeOne(
    db,
    Person,
    sql`select ${personColumns} from accounts a ${asTechnician}
        where a.tenant_id = ${tenantId} and a.account_id = ${accountId} and ${isPerson}`,
  )

/** How a list of people is read. `counted`: the number of unresolved tickets of a technician `w`. */
interface Reading {
  counted: Sql
  timeoutMs: number
}
/** `hasFactor` and `lastSeen`: whether an account `a` has a second factor, and when it was last seen. */
interface PeopleReading extends Reading {
  hasFactor: Sql
  lastSeen: Sql
}

/**
 * One more than `limit` of the accounts `a` of some roles and states, after the cursor's key: a query of the columns of
 * `accounts`. The first ones of each role and status are read by an index that has them in this order, and merged.
 */
const firstPeople = (
  tenantId: number,
  roles: Role[],
  statuses: AccountStatus[],
  conditions: Sql[],
  { limit, after }: PageRequest<PersonKey>,
): Sql => {
  const all = [sql`a.tenant_id = ${tenantId}`, isPerson, sql`a.role = r.role`, sql`a.status = s.status`, ...conditions]
  if (after !== null) all.push(sql`(a.created_at, a.account_id) > (${after[0]}::timestamptz, ${after[1]}::text)`)
  return sql`select a.* from unnest(${roles}::text[]) as r (role)
    cross join unnest(${statuses}::text[]) as s (status)
    cross join lateral (
      select a.* from accounts a where ${allOf(all)}
      order by a.created_at, a.account_id limit ${limit + 1}) a
    order by a.created_at, a.account_id limit ${limit + 1}`
}

const openTicketsOf = (counted: Sql): Sql =>
  sql`case when w.technician_id is not null then ${counted} end as open_tickets`

/** One more than `limit` of the people of a tenant, after the cursor's key. The server cancels the list in time. */
export const listPeople = (
  db: Db,
  tenantId: number,
  { q, role = Role.options, status = AccountStatus.options }: PeopleFilter,
  page: PageRequest<PersonKey>,
  { counted, hasFactor, lastSeen, timeoutMs }: PeopleReading,
): Promise<PersonRow[]> => {
  const conditions = q === undefined ? [] : [isCalledOrNumbered(q)]
  const statement = sql`select ${personColumns}, ${openTicketsOf(counted)},
      ${hasFactor} as second_factor, ${lastSeen} as last_seen_at
    from (${firstPeople(tenantId, role, status, conditions, page)}) a ${asTechnician}
    order by a.created_at, a.account_id`
  return many(db, PersonRow, withinTime(q === undefined ? statement : planEachTime(statement), timeoutMs))
}

/** One more than `limit` of the customers and technicians who are not deactivated, after the cursor's key. */
export const listDirectory = (
  db: Db,
  tenantId: number,
  { q, role = DirectoryRole.options }: DirectoryFilter,
  page: PageRequest<PersonKey>,
  { counted, timeoutMs }: Reading,
): Promise<DirectoryRow[]> => {
  const conditions = q === undefined ? [] : [isNamedOrNumbered(q)]
  const statement = sql`select a.account_id, a.role, a.name, w.category, a.created_at, ${openTicketsOf(counted)}
    from (${firstPeople(tenantId, role, ['active', 'invited'], conditions, page)}) a ${asTechnician}
    order by a.created_at, a.account_id`
  return many(db, DirectoryRow, withinTime(q === undefined ? statement : planEachTime(statement), timeoutMs))
}
