import { exec, planEachTime, sql, type Tx } from '../../../platform/db/sql.ts'
import type { EventBatch } from '../../../platform/events/fan-out.ts'

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
 * A comment that moves its ticket is told of in its own mail. One on a merged ticket is news of the end of its merges. Internal ones go to no customer: the join of the recipients
 * says so once more, whoever the steps before it may name.
 *
 * The confirmation to the customer is the first mail of a ticket: all others name its Message-ID in References, so a
 * mail reader shows them as one thread.
 */
export const insertMailsFor = async (tx: Tx, batch: EventBatch, settings: MailSettings): Promise<void> => {
  await exec(
    tx,
    planEachTime(sql`with news as materialized (
          select e.tenant_id, e.event_id, e.type, e.subject_id, e.actor_id, e.details, e.occurred_at,
            t.ticket_id, t.ticket_number, t.customer_id, t.raised_date,
            case when e.changes ? 'technician_id' then e.changes -> 'technician_id' ->> 'to' else t.technician_id end
              as technician_id,
            e.changes -> 'technician_id' ->> 'from' as technician_before,
            e.changes -> 'status' ->> 'to' as moved_to,
            t.subject, t.issue_category, t.issue_description, t.priority, t.status,
            coalesce(e.changes -> 'resolution_summary' ->> 'to', t.resolution_summary) as resolution_summary,
            m.visibility, m.body as comment_body, e.actor_role
          from unnest(${batch.tenantIds}::integer[], ${batch.eventIds}::bigint[]) as b (tenant_id, event_id)
          join events e on e.tenant_id = b.tenant_id and e.event_id = b.event_id
          left join tickets t on t.tenant_id = e.tenant_id and t.deleted_at is null
            and t.ticket_number = case when e.type like 'ticket.%' or e.type = 'comment.added'
              then substr(coalesce(e.details ->> 'merged_into', e.subject_id), 4)::bigint end
          left join comments m on m.tenant_id = e.tenant_id and m.deleted_at is null
            and m.comment_id = case when e.type = 'comment.added' then (e.details ->> 'comment_id')::uuid end
          where not e.quiet and (e.type = 'comment.added' or not exists (
            select from comments told
            where told.tenant_id = e.tenant_id and told.comment_id = (e.details ->> 'comment_id')::uuid
              and told.deleted_at is null))),
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
            select n.customer_id, 'comment_customer'
            where n.visibility = 'public' and n.actor_role <> 'customer'
            union all
            select n.technician_id, 'comment_' || n.visibility
            where n.visibility is not null and n.technician_id is distinct from n.actor_id
            union all
            select h.account_id, 'comment_' || n.visibility
            from ticket_watchers h
            where h.tenant_id = n.tenant_id and h.ticket_number = n.ticket_number
              and n.visibility is not null and h.account_id is distinct from n.actor_id
            union all
            select a.account_id, case n.type when 'ticket.created' then 'ticket_created_admin'
              when 'ticket.reopened' then 'ticket_reopened' else 'comment_public' end
            from accounts a
            where a.tenant_id = n.tenant_id and a.role = 'admin' and a.status = 'active'
              and a.account_id is distinct from n.actor_id
              and (n.type = 'ticket.created'
                or ((n.type = 'ticket.reopened' or (n.visibility = 'public' and n.actor_role = 'customer')) and not exists (
                  select from accounts w
                  where w.tenant_id = n.tenant_id and w.account_id = n.technician_id and w.status <> 'deactivated')))
            union all
            select n.subject_id, m.template
            from (values
              ('customer.registered', 'customer_registered'),
              ('account.invited', 'account_invited'),
              ('password.reset_requested', 'password_reset_requested')) as m (type, template)
            where m.type = n.type) as m (account_id, template)
          where n.ticket_id is not null or n.type !~ '^(ticket|comment)\\.'),
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
                || case when w.comment_body is null then '{}' else jsonb_build_object('comment_body', w.comment_body) end
              end,
            r.name, r.email, w.ticket_id,
            case w.template when 'ticket_created_customer' then thread.root
              else '<' || id.email_id || '@' || ${settings.domain} || '>' end,
            case when w.template <> 'ticket_created_customer' then thread.root end,
            ${settings.state}
          from wanted w
          join accounts r on r.tenant_id = w.tenant_id and r.account_id = w.account_id and r.status <> 'deactivated'
            and (w.visibility is distinct from 'internal' or r.role <> 'customer')
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
