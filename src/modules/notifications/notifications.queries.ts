import { z } from 'zod'
import { allOf, type Db, exec, many, maybeOne, planned, type Sql, sql, type Tx } from '../../platform/db/sql.ts'
import type { EventBatch } from '../../platform/events/fan-out.ts'
import type { PageRequest } from '../../platform/paging.ts'
import type { User } from '../auth/actor.ts'
import { Email, type EmailFilter, EmailState } from './notifications.schemas.ts'

/** How the mails of a batch are written. */
export interface MailSettings {
  /** The domain of Message-IDs. */
  domain: string
  /** `queued` when there is a mail server, else `captured`. */
  state: 'queued' | 'captured'
  autoCloseDays: number
}

/**
 * The mails that follow from a batch of events, each with a job that sends it, set-based: who is told what is the table
 * in this statement. Nobody is mailed about their own act, but for the confirmation and what only the account itself is
 * meant to get; nobody who is deactivated is mailed at all.
 *
 * Each step is materialized: the planner guesses one row where there are hundreds, and would otherwise join the accounts of
 * a whole tenant to each of them (500 events: 9 s instead of 60 ms).
 *
 * A mail's id, and with it its Message-ID, follows from its event, account and template: a database that is restored from
 * a backup writes what came after it under the ids that it had before (RFC 9562, version 8).
 *
 * The confirmation to the customer is the first mail of a ticket: all others name its Message-ID in References, so a
 * mail reader shows them as one thread.
 */
export const insertMailsFor = async (tx: Tx, batch: EventBatch, settings: MailSettings): Promise<void> => {
  await exec(
    tx,
    planned(sql`with news as materialized (
          select e.tenant_id, e.event_id, e.type, e.subject_id, e.actor_id, e.details, e.occurred_at,
            t.ticket_id, t.customer_id, t.raised_date,
            case when e.changes ? 'technician_id' then e.changes -> 'technician_id' ->> 'to' else t.technician_id end
              as technician_id,
            e.changes -> 'technician_id' ->> 'from' as technician_before,
            e.changes -> 'status' ->> 'to' as moved_to,
            t.subject, t.issue_category, t.issue_description, t.priority, t.status,
            coalesce(e.changes -> 'resolution_summary' ->> 'to', t.resolution_summary) as resolution_summary
          from unnest(${batch.tenantIds}::integer[], ${batch.eventIds}::bigint[]) as b (tenant_id, event_id)
          join events e on e.tenant_id = b.tenant_id and e.event_id = b.event_id
          left join tickets t on t.tenant_id = e.tenant_id and t.deleted_at is null
            and t.ticket_number = case when e.type like 'ticket.%' then substr(e.subject_id, 4)::bigint end
          where not e.quiet),
        wanted as materialized (
          select n.*, m.account_id, m.template
          from news n
          cross join lateral (
            select n.customer_id, m.template
            from (values
              ('ticket.created', null, 'ticket_created_customer'),
              ('ticket.assigned', null, 'ticket_assigned_customer'),
              ('ticket.status_changed', 'in_progress', 'ticket_in_progress'),
              ('ticket.status_changed', 'waiting', 'ticket_waiting'),
              ('ticket.resolved', null, 'ticket_resolved'),
              ('ticket.closed', null, 'ticket_closed')) as m (type, moved_to, template)
            where m.type = n.type and (m.moved_to is null or m.moved_to = n.moved_to)
              and (n.customer_id is distinct from n.actor_id or n.type = 'ticket.created')
            union all
            select n.technician_id, m.template
            from (values
              ('ticket.assigned', 'ticket_assigned_technician'),
              ('ticket.reopened', 'ticket_reopened')) as m (type, template)
            where m.type = n.type and n.technician_id is distinct from n.actor_id
            union all
            select n.technician_before, 'ticket_reassigned_technician'
            where n.type = 'ticket.assigned' and n.technician_before is distinct from n.actor_id
            union all
            select a.account_id, case n.type when 'ticket.created' then 'ticket_created_admin' else 'ticket_reopened' end
            from accounts a
            where a.tenant_id = n.tenant_id and a.role = 'admin' and a.status = 'active'
              and a.account_id is distinct from n.actor_id
              and (n.type = 'ticket.created'
                or (n.type = 'ticket.reopened' and not exists (
                  select from accounts w
                  where w.tenant_id = n.tenant_id and w.account_id = n.technician_id and w.status <> 'deactivated')))
            union all
            select n.subject_id, m.template
            from (values
              ('customer.registered', 'customer_registered'),
              ('account.invited', 'account_invited'),
              ('password.reset_requested', 'password_reset_requested')) as m (type, template)
            where m.type = n.type) as m (account_id, template)
          where n.ticket_id is not null or n.type not like 'ticket.%'),
        written as (
          insert into emails (tenant_id, email_id, event_id, account_id, template, parameters, recipient_name,
            recipient_email, ticket_id, message_id, in_reply_to, state)
          select w.tenant_id, id.email_id, w.event_id, w.account_id, w.template,
            case when w.ticket_id is null
              then w.details || jsonb_build_object('role', r.role, 'email', r.email, 'sign_in_name', r.sign_in_name)
              else jsonb_build_object(
                'ticket_id', w.ticket_id, 'ticket_subject', w.subject, 'issue_category', w.issue_category,
                'issue_description', w.issue_description, 'priority', w.priority,
                'status', coalesce(w.moved_to, w.status), 'customer_name', c.name, 'technician_name', k.name,
                'actor_name', actor.name, 'resolution_summary', w.resolution_summary,
                'auto_close_days', ${settings.autoCloseDays}::integer)
              end,
            r.name, r.email, w.ticket_id,
            case w.template when 'ticket_created_customer' then thread.root
              else '<' || id.email_id || '@' || ${settings.domain} || '>' end,
            case when w.template <> 'ticket_created_customer' then thread.root end,
            ${settings.state}
          from wanted w
          join accounts r on r.tenant_id = w.tenant_id and r.account_id = w.account_id and r.status <> 'deactivated'
          left join accounts c on c.tenant_id = w.tenant_id and c.account_id = w.customer_id
          left join accounts k on k.tenant_id = w.tenant_id and k.account_id = w.technician_id
          left join accounts actor on actor.tenant_id = w.tenant_id and actor.account_id = w.actor_id
          cross join lateral (
            select overlay(overlay(md5(concat_ws(' ', w.tenant_id, w.event_id, w.account_id, w.template, w.occurred_at))
              placing '8' from 13) placing 'a' from 17)::uuid as email_id) id
          cross join lateral (
            select '<' || lower(w.ticket_id) || '.' || md5(w.tenant_id || ' ' || w.ticket_id || ' ' || w.raised_date)
              || '@' || ${settings.domain} || '>' as root) thread
          order by w.tenant_id, w.event_id
          on conflict on constraint emails_once_key do nothing
          returning tenant_id, email_id, state)
        select graphile_worker.add_jobs(jobs.specs) from (
          select array_agg(('send_email', json_build_object('tenant_id', q.tenant_id, 'email_id', q.email_id), null,
            null, 25, 'email ' || q.email_id, 0, null)::graphile_worker.job_spec) as specs
          from written q where q.state = 'queued') jobs
        where jobs.specs is not null`),
  )
}

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
