import { z } from 'zod'
import { allOf, type Db, exec, many, maybeOne, type Sql, sql } from '../../../platform/db/sql.ts'
import type { PageRequest } from '../../../platform/paging.ts'
import type { User } from '../../identity/accounts/actor.ts'
import { Email, type EmailFilter, EmailState } from './outgoing-mail.schemas.ts'

const emailColumns = sql`e.email_id, e.template, e.account_id, e.recipient_name, e.recipient_email, e.ticket_id,
  e.message_id, e.state, e.attempts, e.last_error, e.created_at, e.sent_at`

/** A mail with what it takes to render and send it. */
const MailToRender = Email.extend({
  tenant_id: z.int(),
  tenant_name: z.string(),
  account_status: z.string(),
  parameters: z.record(z.string(), z.unknown()),
  in_reply_to: z.string().nullable(),
})
export type MailToRender = z.output<typeof MailToRender>

export const findMail = (db: Db, tenantId: number, emailId: string): Promise<MailToRender | null> =>
  maybeOne(
    db,
    MailToRender,
    sql`select ${emailColumns}, e.tenant_id, t.name as tenant_name, a.status as account_status, e.parameters,
          e.in_reply_to
        from emails e
        join tenants t on t.tenant_id = e.tenant_id
        join accounts a on a.tenant_id = e.tenant_id and a.account_id = e.account_id
        where e.tenant_id = ${tenantId} and e.email_id = ${emailId}`,
  )

export const listEmails = (
  db: Db,
  actor: User,
  { state, ticket_id }: EmailFilter,
  { limit, after }: PageRequest<[string, string]>,
): Promise<z.output<typeof Email>[]> => {
  const conditions: Sql[] = [sql`e.tenant_id = ${actor.tenantId}`]
  if (state !== undefined) conditions.push(sql`e.state = ${state}`)
  if (ticket_id !== undefined) conditions.push(sql`e.ticket_id = ${ticket_id}`)
  if (after !== null) {
    const [createdAt, emailId] = after
    conditions.push(sql`(e.created_at, e.email_id) < (${createdAt}::timestamptz, ${emailId}::uuid)`)
  }
  return many(
    db,
    Email,
    sql`select ${emailColumns} from emails e
        where ${allOf(conditions)}
        order by e.created_at desc, e.email_id desc limit ${limit + 1}`,
  )
}

/** What became of a mail for good, and how many attempts more it took to find out. */
export const settleMail = (
  db: Db,
  { tenant_id, email_id }: { tenant_id: number; email_id: string },
  state: 'sent' | 'failed' | 'captured',
  { attempts, error }: { attempts: number; error: string | null },
): Promise<number> =>
  exec(
    db,
    sql`update emails set state = ${state}, last_error = ${error}, attempts = attempts + ${attempts},
          sent_at = case when ${state} = 'sent' then now() end
        where tenant_id = ${tenant_id} and email_id = ${email_id} and state in ('queued', 'deferred')`,
  )

/** Mails that wait, and that are known to have been handed over. Their jobs find nothing to do. Says how many. */
export const markMailsSent = (db: Db, messageIds: string[]): Promise<number> =>
  exec(
    db,
    sql`update emails e set state = 'sent', sent_at = now(), last_error = null
        where e.state in ('queued', 'deferred') and e.message_id = any (${messageIds}::text[])`,
  )

/** Adds the job of a mail anew, in place of the one that runs. A fifth more or less, so that a backlog is no wave. */
const sendAfter = ({ tenant_id, email_id }: { tenant_id: number; email_id: string }, seconds: Sql): Sql =>
  sql`graphile_worker.add_job('send_email',
        json_build_object('tenant_id', ${tenant_id}::integer, 'email_id', ${email_id}::text),
        run_at => now() + make_interval(secs => (0.8 + 0.4 * random()) * ${seconds}),
        max_attempts => 25, job_key => 'email ' || ${email_id}::text)`

/**
 * Puts a mail off: the next attempt comes after `baseSeconds`, then twice that and so on, an hour at most. After four
 * days it has failed (RFC 5321, 4.5.4.1).
 */
export const deferMail = (
  db: Db,
  { tenant_id, email_id }: { tenant_id: number; email_id: string },
  error: string,
  baseSeconds: number,
): Promise<number> =>
  exec(
    db,
    sql`with deferred as (
          update emails set attempts = attempts + 1, last_error = ${error},
            state = case when created_at < now() - interval '4 days' then 'failed' else 'deferred' end
          where tenant_id = ${tenant_id} and email_id = ${email_id} and state in ('queued', 'deferred')
          returning state, attempts)
        select ${sendAfter(
          { tenant_id, email_id },
          sql`least(3600, ${baseSeconds}::integer * power(2, least(d.attempts, 20) - 1))`,
        )}
        from deferred d where d.state = 'deferred'`,
  )

/** Leaves a mail as it is, to be looked at again after `seconds`: it was not its turn. */
export const postponeMail = (db: Db, mail: { tenant_id: number; email_id: string }, seconds: number): Promise<number> =>
  exec(db, sql`select ${sendAfter(mail, sql`${seconds}::integer`)}`)

/** After the mail server was away: what waits for it is due within the next seconds, not in an hour. */
export const hastenDeferredMails = (db: Db): Promise<number> =>
  exec(
    db,
    sql`update graphile_worker._private_jobs j set run_at = now() + random() * interval '5 seconds'
        from graphile_worker._private_tasks k
        where k.id = j.task_id and k.identifier = 'send_email' and j.locked_at is null
          and j.run_at > now() + interval '5 seconds'`,
  )

/** Mails that wait for a job that will not be run any more, or that is gone, have failed. Says how many. */
export const failMailsWithoutJob = (db: Db): Promise<number> =>
  exec(
    db,
    sql`update emails e set state = 'failed',
          last_error = coalesce('Given up: ' || (
            select j.last_error from graphile_worker._private_jobs j where j.key = 'email ' || e.email_id),
            'There is no job that sends it.')
        where e.state in ('queued', 'deferred') and not exists (
          select from graphile_worker._private_jobs j
          where j.key = 'email ' || e.email_id and (j.locked_at is not null or j.attempts < j.max_attempts))`,
  )

const Waiting = z.object({ state: EmailState, count: z.int() })

/** How many mails wait, by state; over all tenants, for the metrics. */
export const countWaitingMails = (db: Db): Promise<z.output<typeof Waiting>[]> =>
  many(
    db,
    Waiting,
    sql`select e.state, count(*) as count from emails e where e.state in ('queued', 'deferred') group by e.state`,
  )
