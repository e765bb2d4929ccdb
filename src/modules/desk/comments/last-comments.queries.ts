import { Visibility } from '../../../contract/enums.ts'
import { allOf, type Db, many, sql, withinTime } from '../../../platform/db/sql.ts'
import { numberOf } from '../../../platform/schemas.ts'
import { withAccountOfEach } from '../../identity/accounts/accounts.steps.ts'
import type { User } from '../../identity/accounts/actor.ts'
import { visibleAuthorId } from '../../identity/accounts/authors.policy.ts'
import { visibleEntries, visibleTickets } from '../tickets/tickets.policy.ts'
import { excerptLength, LastComment } from './last-comments.schemas.ts'

/**
 * The last comment that the actor may read on each of some tickets that the actor sees. An index has the last comment
 * of each visibility, so a ticket with many comments costs no more than a ticket with one. The server cancels the
 * statement after `timeoutMs`.
 */
export const listLastComments = (
  db: Db,
  actor: User,
  ticketIds: string[],
  timeoutMs: number,
): Promise<LastComment[]> => {
  const visibilities = actor.role === 'customer' ? ['public'] : Visibility.options
  const conditions = [
    sql`m.tenant_id = t.tenant_id`,
    sql`m.ticket_number = t.ticket_number`,
    sql`m.visibility = v.visibility`,
    visibleEntries(actor, sql`m`),
  ]
  const newestFirst = sql`order by m.created_at desc, m.comment_id desc limit 1`
  const statement = sql`select public_id('TKT', m.ticket_number) as ticket_id, ${visibleAuthorId(actor)} as author_id,
          a.name as author_name, a.role as author_role, m.visibility, left(m.body, ${excerptLength}) as excerpt, m.created_at
        from tickets t
        cross join lateral (
          select m.* from unnest(${visibilities}::text[]) as v (visibility)
          cross join lateral (select m.* from comments m where ${allOf(conditions)} ${newestFirst}) m
          ${newestFirst}) m
        ${withAccountOfEach(sql`m.tenant_id`, sql`m.author_id`)}
        where t.tenant_id = ${actor.tenantId} and t.ticket_number = any (${ticketIds.map(numberOf)}::bigint[])
          and ${visibleTickets(actor)}`
  return many(db, LastComment, withinTime(statement, timeoutMs))
}
