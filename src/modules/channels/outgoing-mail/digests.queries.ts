import { exec, planEachTime, sql, type Tx } from '../../../platform/db/sql.ts'
import { type EventBatch, eventsOfBatch } from '../../../platform/events/fan-out.ts'
import { zoneOfPerson } from '../../identity/tenants/tenant-settings.steps.ts'
import { nextDigest } from '../recipients/digest-times.steps.ts'
import { wayOf } from '../recipients/ways.steps.ts'
import { digestOfMail } from './digest-entries.steps.ts'
import { mailLanguage } from './mail-language.steps.ts'
import type { TemplateName } from './templates/template-names.ts'
import { digests } from './unsubscribing.ts'
import { emailIdOf, type MailSettings } from './write-mails.queries.ts'

/** The mail that gathers what happened. */
const digest: TemplateName = 'digest'

/** How many events a digest keeps, the newest ones. It shows fewer, and says how many more there are. */
const eventsKept = 200

/** How many items of one person are taken at once. With a limit each person is looked up by the index. */
const itemsTaken = 100_000

/**
 * How long after its hour a digest is written. Until then what was being fanned out at the hour is there, so that there
 * is one mail, and nothing is in it that its actor may still take back.
 */
const gatherFor = sql`interval '32 seconds'`

/** What names a digest `e`: its first event `f`, and its account. */
const nameOfDigest = sql`concat_ws(' ', e.tenant_id, e.event_id, e.account_id, e.template, f.occurred_at)`

/**
 * Writes digests. The items that are due first, at most `limit` of them, say for whom; all that is due of these people
 * is taken away. A person gets one mail, or none when they see nothing of it any more or are deactivated. The id of the
 * mail follows from its first event, the account and a secret, as the ids of other mails do. So a restored database
 * writes it under the same id again. The items of a suspended tenant wait, and are not read. Answers with the number of
 * items that were looked at.
 */
export const writeDueDigests = async (tx: Tx, settings: MailSettings, limit: number): Promise<number> =>
  exec(
    tx,
    planEachTime(sql`with looked_at as materialized (
          select i.tenant_id, i.account_id from tenants t
          cross join lateral (
            select i.tenant_id, i.account_id, i.due_at from digest_items i
            where i.tenant_id = t.tenant_id and i.due_at <= now() - ${gatherFor}
            order by i.due_at limit ${limit}) i
          where t.state = 'active'
          order by i.due_at limit ${limit}),
        readers as materialized (select distinct l.tenant_id, l.account_id from looked_at l),
        gathered as (
          delete from digest_items i where i.ctid = any (array(
            select d.ctid from readers r
            cross join lateral (
              select d.ctid from digest_items d
              where d.tenant_id = r.tenant_id and d.account_id = r.account_id and d.due_at <= now()
              limit ${itemsTaken}) d))
          returning i.tenant_id, i.account_id, i.event_id),
        digests as materialized (
          select g.tenant_id, g.account_id, ${digest}::text as template, min(g.event_id) as event_id,
            jsonb_build_object(
              'time_zone', ${zoneOfPerson(sql`null`, sql`g.tenant_id`, settings.zone)},
              'events', to_jsonb((array_agg(g.event_id order by g.event_id desc))[1:${eventsKept}]),
              'beyond', greatest(count(*) - ${eventsKept}, 0)) as parameters
          from gathered g group by g.tenant_id, g.account_id),
        written as (
          insert into emails (tenant_id, email_id, event_id, account_id, template, parameters, recipient_name,
            recipient_email, language, message_id, state, due_at, stops)
          select e.tenant_id, id.email_id, e.event_id, e.account_id, e.template, e.parameters, a.name, a.email,
            ${mailLanguage(sql`e.tenant_id`, sql`a.language`, settings.language)},
            '<' || id.email_id || '@' || ${settings.domain} || '>', ${settings.state}::text, now(),
            case when a.role <> 'customer' then ${digests} end
          from digests e
          join accounts a on a.tenant_id = e.tenant_id and a.account_id = e.account_id and a.status <> 'deactivated'
          join events f on f.tenant_id = e.tenant_id and f.event_id = e.event_id
          cross join lateral (${digestOfMail}) gathers
          cross join lateral (select ${emailIdOf(settings, nameOfDigest)} as email_id) id
          where not gathers.is_empty
          on conflict do nothing)
        select from looked_at`),
  )

/**
 * Follows a batch of events in which people chose anew how they are told, or changed their time zone. Items that wait
 * for a digest of theirs get new times. Those of kinds that go into no digest any more are taken away. An item of a
 * kind that is mailed at once by now is due at once.
 */
export const rescheduleDigests = async (tx: Tx, batch: EventBatch, { zone }: MailSettings): Promise<void> => {
  await exec(
    tx,
    planEachTime(sql`with readers as materialized (
          select distinct e.tenant_id, e.subject_id as account_id
          from ${eventsOfBatch(batch)}
          where e.type = 'account.notifications_changed' or (e.type = 'account.updated' and e.changes ? 'time_zone')),
        waiting as materialized (
          select i.tenant_id, i.account_id, i.event_id,
            ${zoneOfPerson(sql`a.time_zone`, sql`a.tenant_id`, zone)} as time_zone,
            ${wayOf(sql`i.tenant_id`, sql`i.account_id`, sql`i.kind`)} as way
          from readers r
          join digest_items i on i.tenant_id = r.tenant_id and i.account_id = r.account_id
          join accounts a on a.tenant_id = i.tenant_id and a.account_id = i.account_id),
        dropped as (
          delete from digest_items i using waiting w
          where w.way in ('console', 'nothing') and i.tenant_id = w.tenant_id and i.account_id = w.account_id
            and i.event_id = w.event_id)
        update digest_items i set due_at = case w.way when 'mail' then now()
          else ${nextDigest(sql`w.way`, sql`w.tenant_id`, sql`w.account_id`, sql`w.time_zone`)} end
        from waiting w
        where w.way not in ('console', 'nothing') and i.tenant_id = w.tenant_id and i.account_id = w.account_id
          and i.event_id = w.event_id`),
  )
}
