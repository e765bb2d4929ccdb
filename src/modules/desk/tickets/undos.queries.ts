import { z } from 'zod'
import { ActorRole } from '../../../contract/enums.ts'
import { ChangeList } from '../../../contract/event-parts.ts'
import { type Db, exec, many, maybeOne, one, type Sql, sql, type Tx } from '../../../platform/db/sql.ts'
import { numberOf, timestamp } from '../../../platform/schemas.ts'
import { withAccountOfEach } from '../../identity/accounts/accounts.steps.ts'
import type { User } from '../../identity/accounts/actor.ts'
import { visibleEvents } from './ticket-events.policy.ts'
import { conversationAt } from './tickets.steps.ts'
import { type MembersBefore, Undo } from './undoable.schemas.ts'

/** What is written down of a change that may be taken back. */
export interface NewUndo {
  undoId: string
  seconds: number
  /** The ticket whose members changed, and the one that the request named. */
  ticketId: string
  askedId: string
  before: MembersBefore
  /** The comment that was written. */
  commentId: string | null
}

/** The conversation of a ticket, by the numbers of its tickets `n`. */
const conversation = (tenantId: number, ticketNumber: Sql): Sql =>
  sql`(${conversationAt(sql`${tenantId}::integer`, ticketNumber)}) n`

const Until = z.object({ until: timestamp })

/**
 * Writes an undo, with the version and the last event of the locked ticket as the change leaves them. The time begins
 * when the row is written.
 */
export const insertUndo = (
  tx: Tx,
  { tenantId, accountId }: User,
  { undoId, seconds, ticketId, askedId, before, commentId }: NewUndo,
): Promise<z.output<typeof Until>> =>
  one(
    tx,
    Until,
    sql`insert into undos (tenant_id, undo_id, account_id, ticket_number, asked_number, version, last_event_id, before,
          comment_id, until)
        select t.tenant_id, ${undoId}::uuid, ${accountId}, t.ticket_number, ${numberOf(askedId)}::bigint, t.version,
          (select max(last.event_id) from ${conversation(tenantId, sql`t.ticket_number`)}
            cross join lateral (
              select e.event_id from events e
              where e.tenant_id = t.tenant_id and e.subject_id = public_id('TKT', n.ticket_number)
              order by e.event_id desc limit 1) last),
          ${JSON.stringify(before)}::jsonb, ${commentId}::uuid,
          clock_timestamp() + make_interval(secs => ${seconds}::integer)
        from tickets t where t.tenant_id = ${tenantId} and t.ticket_number = ${numberOf(ticketId)}
        returning until`,
  )

const undoOf = ({ tenantId, accountId }: User, undoId: string): Sql =>
  sql`select public_id('TKT', u.ticket_number) as ticket_id, public_id('TKT', u.asked_number) as asked_id, u.version,
          u.last_event_id, u.before, u.comment_id, u.undone_at is not null as is_undone,
          u.until < clock_timestamp() as is_over
        from undos u where u.tenant_id = ${tenantId} and u.undo_id = ${undoId} and u.account_id = ${accountId}`

/** The undo of an account, with what became of it until this moment. */
export const findUndo = (db: Db, actor: User, undoId: string): Promise<Undo | null> =>
  maybeOne(db, Undo, undoOf(actor, undoId))

/** As `findUndo`, and locks the row: from then on, until the commit, the queue of mails leaves its mails alone. */
export const lockUndo = (tx: Tx, actor: User, undoId: string): Promise<Undo | null> =>
  maybeOne(tx, Undo, sql`${undoOf(actor, undoId)} for no key update`)

/** What goes out of the row of an undo that was used, because the row stays: the texts of the ticket as it was. */
const withoutTexts = sql`before - 'issue_description' || '{"subject": "", "resolution_summary": null, "close_reason": null}'`

/** Writes that a change has been taken back. Answers 0 when the time is over by now. */
export const markUndone = (tx: Tx, { tenantId, accountId }: User, undoId: string): Promise<number> =>
  exec(
    tx,
    sql`update undos set undone_at = clock_timestamp(), before = ${withoutTexts}
        where tenant_id = ${tenantId} and undo_id = ${undoId} and account_id = ${accountId} and undone_at is null
          and until >= clock_timestamp()`,
  )

const Since = z.object({
  type: z.string(),
  actor_id: z.string().nullable(),
  actor_name: z.string().nullable(),
  actor_role: ActorRole,
  occurred_at: timestamp,
  changes: ChangeList,
})
export type Since = z.output<typeof Since>

/** How many events a refusal names. */
const namedAtMost = 5

/**
 * The first events on the conversation of a ticket after an event, as far as the actor may read them, and, for the
 * staff, whether its customer was deactivated.
 */
export const listEventsSince = (
  db: Db,
  actor: User,
  { ticket_id, asked_id, last_event_id }: Pick<Undo, 'ticket_id' | 'asked_id' | 'last_event_id'>,
): Promise<Since[]> =>
  many(
    db,
    Since,
    sql`select e.type, e.actor_id, a.name as actor_name, e.actor_role, e.occurred_at, e.changes
        from (
          select e.* from tickets t
          cross join (
            select n.ticket_number from ${conversation(actor.tenantId, sql`${numberOf(ticket_id)}::bigint`)}
            union select ${numberOf(asked_id)}::bigint) n
          cross join lateral (
            select e.* from events e
            where e.tenant_id = ${actor.tenantId} and e.subject_id = public_id('TKT', n.ticket_number)
              and e.event_id > ${last_event_id} and ${visibleEvents(actor)}
            order by e.event_id limit ${namedAtMost}) e
          where t.tenant_id = ${actor.tenantId} and t.ticket_number = ${numberOf(ticket_id)}
          union all
          select e.* from tickets t
          join events e on e.tenant_id = t.tenant_id and e.subject_id = t.customer_id
            and e.event_id > ${last_event_id} and e.type = 'customer.deactivated'
          where t.tenant_id = ${actor.tenantId} and t.ticket_number = ${numberOf(ticket_id)}
            and ${actor.role}::text <> 'customer'
          order by event_id limit ${namedAtMost}) e
        ${withAccountOfEach(sql`e.tenant_id`, sql`e.actor_id`)}
        order by e.event_id`,
  )

/** Deletes undos of more than a day ago that nobody used. Those that were used stay: see `isTakenBack`. */
export const deleteUndos = (db: Db, limit: number): Promise<number> =>
  exec(
    db,
    sql`delete from undos u where u.ctid = any (array(
          select o.ctid from undos o where o.undone_at is null and o.created_at < now() - interval '1 day'
          limit ${limit} for update skip locked))`,
  )
