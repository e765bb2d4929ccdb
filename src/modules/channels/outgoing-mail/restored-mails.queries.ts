import { type Db, exec, planEachTime, sql } from '../../../platform/db/sql.ts'

// What a restored database does with the mails that waited in the backup. A mail is `held` until the operator knows
// what the mail server had of it.

/** Why a held mail is not sent yet. */
const heldReason = 'It waited in a backup that was restored, and may have been sent since.'

/** Holds at most `limit` mails that wait. Answers with their number. */
export const holdSomeMails = (db: Db, limit: number): Promise<number> =>
  exec(
    db,
    planEachTime(sql`update emails e set state = 'held', last_error = ${heldReason}
        where e.ctid = any (array(
          select o.ctid from emails o where o.state in ('queued', 'deferred') limit ${limit} for update))`),
  )

/**
 * Puts at most `limit` held mails in the queue, each due when it was before. They are given up four days from now
 * at the earliest, as if a person had them sent again. Answers with their number.
 */
export const releaseSomeMails = (db: Db, limit: number): Promise<number> =>
  exec(
    db,
    planEachTime(sql`update emails e set state = 'queued', last_error = null, deaths = 0, resent_at = now(),
          due_at = coalesce(e.due_at, now())
        where e.ctid = any (array(
          select o.ctid from emails o where o.state = 'held' limit ${limit} for update))`),
  )

/** Marks as sent the mails that wait or are held and that the mail server has taken. Answers with their number. */
export const markMailsSent = (db: Db, messageIds: string[]): Promise<number> =>
  exec(
    db,
    planEachTime(sql`update emails e set state = 'sent', sent_at = now(), last_error = null
        where (e.state in ('queued', 'deferred') or e.state = 'held') and e.message_id = any (${messageIds}::text[])`),
  )
