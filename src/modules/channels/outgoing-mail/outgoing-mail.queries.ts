import { z } from 'zod'
import { AccountStatus } from '../../../contract/enums.ts'
import { allOf, type Db, exec, many, maybeOne, type Sql, sql } from '../../../platform/db/sql.ts'
import { addJob, hasJobToRun, hastenJobs, lastErrorOfJob, type NewJob } from '../../../platform/jobs/queued-jobs.ts'
import type { PageRequest } from '../../../platform/paging.ts'
import type { User } from '../../identity/accounts/actor.ts'
import { Email, type EmailFilter, EmailState } from './outgoing-mail.schemas.ts'
import { TemplateName } from './templates/template-names.ts'

const emailColumns = sql`e.email_id, e.template, e.account_id, e.recipient_name, e.recipient_email, e.ticket_id,
  e.message_id, e.state, e.attempts, e.last_error, e.created_at, e.sent_at`

/** A mail with everything that rendering and sending it needs. */
const StoredMail = Email.extend({
  tenant_id: z.int(),
  tenant_name: z.string(),
  account_status: AccountStatus,
  /**
   * `template`; null when another version wrote the mail, with a template that this version does not have.
   */
  known_template: TemplateName.nullable().catch(null),
  /** Empty when what is stored is not an object: the mail then has none of the parameters of its template. */
  parameters: z.record(z.string(), z.unknown()).catch({}),
  in_reply_to: z.string().nullable(),
})
export type StoredMail = z.output<typeof StoredMail>

/** What names a mail. */
type MailKey = Pick<StoredMail, 'tenant_id' | 'email_id'>

/** A condition: a text is a UUID, so that its cast does not fail. */
const isUuid = (text: Sql): Sql => sql`${text} ~ '^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$'`

/**
 * A mail with what it quotes, as that is now: the description of its ticket, and the comment that it is about. A text is
 * null when it is gone, or when its ticket is. Mails of earlier versions have their texts in their parameters, and keep
 * them.
 */
export const findMail = (db: Db, tenantId: number, emailId: string): Promise<StoredMail | null> =>
  maybeOne(
    db,
    StoredMail,
    sql`select ${emailColumns}, e.tenant_id, t.name as tenant_name, a.status as account_status,
          e.template as known_template, e.in_reply_to,
          jsonb_build_object('issue_description', k.issue_description, 'comment_body', c.body) || e.parameters
            as parameters
        from emails e
        join tenants t on t.tenant_id = e.tenant_id
        join accounts a on a.tenant_id = e.tenant_id and a.account_id = e.account_id
        left join tickets k on k.tenant_id = e.tenant_id and k.ticket_number = substr(e.ticket_id, 4)::bigint
          and k.deleted_at is null
        left join comments c on c.tenant_id = e.tenant_id and c.deleted_at is null
          and c.comment_id = case when ${isUuid(sql`e.parameters ->> 'comment_id'`)}
            then (e.parameters ->> 'comment_id')::uuid end
          and exists (
            select from tickets said_on
            where said_on.tenant_id = c.tenant_id and said_on.ticket_number = c.ticket_number
              and said_on.deleted_at is null)
        where e.tenant_id = ${tenantId} and e.email_id = ${emailId}`,
  )

/** One more than `limit` of the tenant's mails, newest first, after the cursor's key. */
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

/** Writes the final state of a mail, and adds the attempts that it took. */
export const settleMail = (
  db: Db,
  { tenant_id, email_id }: MailKey,
  state: 'sent' | 'failed' | 'captured',
  { attempts, error }: { attempts: number; error: string | null },
): Promise<number> =>
  exec(
    db,
    sql`update emails set state = ${state}, last_error = ${error}, attempts = attempts + ${attempts},
          sent_at = case when ${state} = 'sent' then now() end
        where tenant_id = ${tenant_id} and email_id = ${email_id} and state in ('queued', 'deferred')`,
  )

/**
 * Marks as sent the waiting mails that the mail server has taken. Their jobs then find nothing to do. Answers with the
 * number of marked mails.
 */
export const markMailsSent = (db: Db, messageIds: string[]): Promise<number> =>
  exec(
    db,
    sql`update emails e set state = 'sent', sent_at = now(), last_error = null
        where e.state in ('queued', 'deferred') and e.message_id = any (${messageIds}::text[])`,
  )

const jobKey = (emailId: Sql): Sql => sql`'email ' || ${emailId}`

/** The job that hands a mail over. Its key follows from the mail, so each mail has at most one job that waits. */
export const sendEmailJob = (tenantId: Sql, emailId: Sql): NewJob => ({
  task: 'send_email',
  payload: sql`json_build_object('tenant_id', ${tenantId}, 'email_id', ${emailId})`,
  key: jobKey(emailId),
  maxAttempts: 25,
})

/**
 * Adds the job of a mail again, in place of the job that runs. The delay varies by a fifth, so that the mails of a
 * backlog do not all come at once.
 */
const sendAfter = ({ tenant_id, email_id }: MailKey, seconds: Sql): Sql =>
  addJob(sendEmailJob(sql`${tenant_id}::integer`, sql`${email_id}::text`), sql`(0.8 + 0.4 * random()) * ${seconds}`)

/**
 * Puts a mail off: the next attempt comes after `baseSeconds`, then twice that and so on, an hour at most. After four
 * days the mail has failed (RFC 5321, 4.5.4.1).
 */
export const deferMail = (db: Db, mail: MailKey, error: string, baseSeconds: number): Promise<number> =>
  exec(
    db,
    sql`with deferred as (
          update emails set attempts = attempts + 1, last_error = ${error},
            state = case when created_at < now() - interval '4 days' then 'failed' else 'deferred' end
          where tenant_id = ${mail.tenant_id} and email_id = ${mail.email_id} and state in ('queued', 'deferred')
          returning state, attempts)
        select ${sendAfter(mail, sql`least(3600, ${baseSeconds}::integer * power(2, least(d.attempts, 20) - 1))`)}
        from deferred d where d.state = 'deferred'`,
  )

/** Leaves a mail as it is, and adds its job again after `seconds`, because its turn has not come. */
export const postponeMail = (db: Db, mail: MailKey, seconds: number): Promise<number> =>
  exec(db, sql`select ${sendAfter(mail, sql`${seconds}::integer`)}`)

/** After the mail server was away: the mails that wait for it are due within the next five seconds, not in an hour. */
export const hastenDeferredMails = (db: Db): Promise<number> => hastenJobs(db, 'send_email', 5)

/** Marks a waiting mail as failed when its job will not run again, or is gone. Answers with the number of mails. */
export const failMailsWithoutJob = (db: Db): Promise<number> =>
  exec(
    db,
    sql`update emails e set state = 'failed',
          last_error = coalesce('Given up: ' || ${lastErrorOfJob(jobKey(sql`e.email_id`))},
            'There is no job that sends it.')
        where e.state in ('queued', 'deferred') and not ${hasJobToRun(jobKey(sql`e.email_id`))}`,
  )

const Waiting = z.object({ state: EmailState, count: z.int() })

/** How many mails wait, by state; over all tenants, for the metrics. */
export const countWaitingMails = (db: Db): Promise<z.output<typeof Waiting>[]> =>
  many(
    db,
    Waiting,
    sql`select e.state, count(*) as count from emails e where e.state in ('queued', 'deferred') group by e.state`,
  )
