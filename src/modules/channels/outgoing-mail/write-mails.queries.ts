import type { Language } from '../../../contract/enums.ts'
import { hmacInSql } from '../../../platform/db/hmac.ts'
import { exec, planForBatch, type Sql, sql, type Tx } from '../../../platform/db/sql.ts'
import { type EventBatch, eventsOfBatch } from '../../../platform/events/fan-out.ts'
import { countedSetting, zoneOfPerson } from '../../identity/tenants/tenant-settings.steps.ts'
import { nextDigest } from '../recipients/digest-times.steps.ts'
import { choicesStep, isChosen, isOfRecipient } from './mail-choices.steps.ts'
import { confirmation, fileTemplates, registrationMails } from './mail-choices.ts'
import { mailLanguage } from './mail-language.steps.ts'
import { isUndone, undone } from './undone-mails.steps.ts'
import { watching } from './unsubscribing.ts'

/** How the mails of a batch are written. */
export interface MailSettings {
  /** The domain of Message-IDs. */
  domain: string
  /** The key of Message-IDs, so that nobody outside can tell one. */
  key: Buffer
  /** `queued` when there is a mail server, else `captured`. */
  state: 'queued' | 'captured'
  /** After how many days tickets close by themselves where the admins have not chosen. */
  autoCloseDays: number
  /** The time zone of people who have chosen none, where the admins have not chosen either. */
  zone: string
  /** The language of mails to people who have chosen none, as long as their tenant has chosen none either. */
  language: Language
}

/** The time zone of a recipient `w`. */
const zoneOf = ({ zone }: MailSettings): Sql => zoneOfPerson(sql`w.account_time_zone`, sql`w.tenant_id`, zone)

/** The step that keeps for the next digest what would be mailed to a recipient who wants digests. */
const digestItemsStep = (settings: MailSettings): Sql => sql`
  digested as (
    insert into digest_items (tenant_id, account_id, event_id, kind, due_at)
    select w.tenant_id, w.account_id, w.event_id, w.kind,
      ${nextDigest(sql`w.way`, sql`w.tenant_id`, sql`w.account_id`, zoneOf(settings))}
    from recipients w
    join choices m on ${isOfRecipient}
    where w.way in ('hourly', 'daily')
    on conflict do nothing)`

/** The minute of a moment, counted since 1970. */
const minuteOf = (moment: Sql): Sql => sql`floor(extract(epoch from ${moment}) / 60)::bigint`

/** A condition on a choice `m`: its template is one of loose files, so its mail is due later. */
const isFileTemplate = sql`m.template = any (${fileTemplates}::text[])`

/** How long after the minute of its files a mail is due: until then a comment may carry them. */
const filePatience = sql`interval '1 minute'`

/** How long after the time of an undo the mails of its change are due: an undo may be committing until then. */
const undoPatience = sql`interval '1 second'`

/** A condition: the change that a recipient `w` is told of was taken back. */
const isUndoneTelling = isUndone(sql`undo`, {
  tenantId: sql`w.tenant_id`,
  ticketId: sql`w.ticket_id`,
  undoId: sql`w.details ->> 'undo_id'`,
})

/**
 * What names a mail: its event, account, template and the time of the event. The files of an author on a ticket within
 * a minute make one mail, so in place of the event stand the ticket, the author and the minute.
 */
const nameOfMail = sql`case when ${isFileTemplate}
  then concat_ws(' ', w.tenant_id, w.subject_id, w.actor_id, ${minuteOf(sql`w.attached_at`)}, w.account_id, m.template)
  else concat_ws(' ', w.tenant_id, w.event_id, w.account_id, m.template, w.occurred_at) end`

/** 128 bits of a keyed hash of a text, as 32 hexadecimal digits. */
const digitsOf = ({ key }: MailSettings, text: Sql): Sql => sql`encode(substr(${hmacInSql(key, text)}, 1, 16), 'hex')`

/** The id of a mail with a name: a UUID of version 8. */
export const emailIdOf = (settings: MailSettings, name: Sql): Sql =>
  sql`overlay(overlay(${digitsOf(settings, name)} placing '8' from 13) placing 'a' from 17)::uuid`

/**
 * The Message-ID of the first mail of the ticket of a recipient `w`, by which mail readers find the thread. A thread
 * that exists keeps the one it has, because in earlier versions it followed from facts that everybody can know.
 */
const rootOf = (settings: MailSettings): Sql => sql`coalesce(
  (select coalesce(e.in_reply_to, e.message_id) from emails e
    where e.tenant_id = w.tenant_id and e.ticket_id = w.ticket_id order by e.created_at, e.email_id limit 1),
  '<' || lower(w.ticket_id) || '.'
    || ${digitsOf(settings, sql`concat_ws(' ', 'thread', w.tenant_id, w.ticket_id, w.raised_date)`)}
    || '@' || ${settings.domain} || '>')`

/**
 * The parameters of the template for a recipient `w`: the facts at the time when the row is written. The text of a
 * comment and the description of a ticket stay where they are, and are read when the mail is rendered.
 */
const parametersOf = (settings: MailSettings): Sql => sql`
  case when w.ticket_id is null
    then w.details
      || jsonb_build_object('at', to_char(w.occurred_at at time zone 'UTC', 'YYYY-MM-DD HH24:MI "UTC"'),
        'time_zone', ${zoneOf(settings)}, 'role', w.account_role, 'email', w.account_shown_email, 'sign_in_name', w.sign_in_name)
      || case w.type when 'quota.half_used' then
        jsonb_build_object('account_id', w.subject_id, 'account_name', actor.name)
        when 'webhook.disabled' then jsonb_build_object('webhook_id', w.subject_id)
        when 'api_token.created' then
        jsonb_build_object('scopes', jsonb_array_length(w.details -> 'scopes'),
          'expires_day', left(w.details ->> 'expires_at', 10))
        when 'technician.deactivated' then
        jsonb_build_object('technician_name', subject.name, 'actor_name', actor.name)
        when 'account.role_changed' then jsonb_build_object(
          'technician_name', subject.name, 'actor_name', actor.name, 'became_admin', true)
        when 'account.reactivated' then jsonb_build_object('actor_name', actor.name) else '{}' end
    else jsonb_build_object(
      'ticket_id', w.ticket_id, 'ticket_subject', w.subject, 'issue_category', w.issue_category,
      'priority', w.priority, 'status', w.status,
      'customer_name', c.name, 'technician_name', k.name, 'actor_name', actor.name)
      || case w.type
        when 'ticket.resolved' then jsonb_build_object(
          'resolution_summary', w.resolution_summary, 'auto_close_days', (
            select ${countedSetting(sql`n`, 'auto_close_days', settings.autoCloseDays)} from tenants n
            where n.tenant_id = w.tenant_id))
        when 'ticket.absorbed' then jsonb_build_object(
          'merged_ticket_id', w.details ->> 'ticket_id', 'reopened', w.details ? 'reopened')
        when 'ticket.reopened' then jsonb_build_object('reason', w.details ->> 'reason')
        when 'ticket.closed' then jsonb_build_object(
          'reason', w.details ->> 'reason', 'was_resolved', w.status_before is not distinct from 'resolved')
        when 'ticket.order_cancelled' then jsonb_build_object('order_id', w.details ->> 'order_id')
        when 'ticket.order_expired' then jsonb_build_object('order_id', w.details ->> 'order_id')
        when 'comment.added' then jsonb_build_object('comment_id', w.comment_id, 'reopens', w.details -> 'reopens')
        when 'attachment.added' then jsonb_build_object(
          'files_on', w.subject_id, 'files_by', w.actor_id, 'files_minute', ${minuteOf(sql`w.attached_at`)})
        else '{}' end
    end`

/** How many mails of a ticket are looked through for the one about an answered comment. */
const mailsLookedThrough = 500

/**
 * The Message-ID of the mail that a recipient `w` of an answer got about the answered comment: a query of one row at
 * most. That mail was written soon after the comment, so the mails of the ticket are read from then on. The transaction
 * of the fan-out, whose time a mail has, may have begun a little before the comment was written.
 */
const answeredMail: Sql = sql`
  select m.message_id
  from comments said
  cross join (select w.ticket_id as thread union select w.subject_id) t
  cross join lateral (
    select e.message_id, e.account_id, e.parameters, e.state from emails e
    where e.tenant_id = w.tenant_id and e.ticket_id = t.thread and e.created_at >= said.created_at - interval '1 minute'
    order by e.created_at, e.email_id limit ${mailsLookedThrough}) m
  where said.tenant_id = w.tenant_id and said.comment_id = w.in_reply_to and said.deleted_at is null
    and m.account_id = w.account_id and m.parameters ->> 'comment_id' = w.in_reply_to::text
    and m.state not in ('failed', 'cancelled')
  limit 1`

/**
 * What the one-click unsubscription of a mail to a recipient `w` stops: a watcher stops watching, others of the staff
 * stop the mails of the kind. Customers cannot lose the mails about their own tickets by it.
 */
const stopsOf = sql`case when w.account_role = 'customer' or w.kind = 'account' then null
  when w.reason in ('watcher', 'mentioned') then ${watching} else w.kind end`

/**
 * The steps that write the mails to the recipients of a batch of events. Recipients come from `recipientSteps`, and
 * `mailChoices` says which mail each of them gets. Each mail has the reason why its recipient
 * is told. What somebody wants in a digest waits for it.
 *
 * A mail's id, and with it its Message-ID, follows from its event, account, template and the event's time, and from a
 * secret. So a database that is restored from a backup writes later mails under the ids that they had before (RFC 9562,
 * version 8), and nobody outside can tell an id.
 * A mail that is there already is not written again. The mails of a change that its actor may take back wait until the
 * time for that is over; of a change that was taken back they are cancelled.
 */
export const mailSteps = (settings: MailSettings): Sql => sql`
  ${choicesStep}, ${digestItemsStep(settings)},
  mailed as (
    insert into emails (tenant_id, email_id, event_id, account_id, template, parameters, recipient_name,
      recipient_email, language, keeps_address, ticket_id, message_id, in_reply_to,
      answered_message_id, state, last_error, due_at, undo_id, stops)
    select w.tenant_id, id.email_id, w.event_id, w.account_id, m.template, ${parametersOf(settings)}
        || jsonb_build_object('told_as', w.reason),
      w.account_name, coalesce(w.details ->> m.sent_to, w.account_email),
      ${mailLanguage(sql`w.tenant_id`, sql`w.account_language`, settings.language)}, m.sent_to is not null, w.ticket_id,
      case m.template when ${confirmation} then thread.root
        else '<' || id.email_id || '@' || ${settings.domain} || '>' end,
      case when m.template <> ${confirmation} then thread.root end,
      case when w.in_reply_to is not null then (${answeredMail}) end,
      case when ${isUndoneTelling} then 'cancelled'
        when ${isFileTemplate} or undo.until is not null then 'queued' else ${settings.state}::text end,
      case when ${isUndoneTelling} then ${undone} end,
      case when ${isFileTemplate}
        then date_bin('1 minute', w.attached_at, 'epoch') + interval '1 minute' + ${filePatience}
        else coalesce(undo.until + ${undoPatience}, now()) end,
      (w.details ->> 'undo_id')::uuid, ${stopsOf}
    from recipients w
    join choices m on ${isChosen}
    left join undos undo on undo.tenant_id = w.tenant_id and undo.undo_id = (w.details ->> 'undo_id')::uuid
    left join accounts c on c.tenant_id = w.tenant_id and c.account_id = w.customer_id
    left join accounts k on k.tenant_id = w.tenant_id and k.account_id = w.technician_id
    left join accounts subject on subject.tenant_id = w.tenant_id and subject.account_id = w.subject_id
    left join accounts actor on actor.tenant_id = w.tenant_id and actor.account_id = w.actor_id
    cross join lateral (
      select ${emailIdOf(settings, nameOfMail)} as email_id) id
    cross join lateral (
      select ${rootOf(settings)} as root) thread
    order by w.tenant_id, w.event_id
    on conflict do nothing)`

/** The id of a mail to an address that registers: as that of other mails, from its event and a secret. */
const nameOfRegistrationMail = sql`concat_ws(' ', e.tenant_id, e.event_id, 'registration', e.occurred_at)`

/**
 * Writes the mails to addresses that register. They have no account, and no mail has the name that was typed. A mail
 * whose registration is gone is not written.
 */
export const insertRegistrationMails = async (tx: Tx, batch: EventBatch, settings: MailSettings): Promise<void> => {
  const [kinds, templates] = [Object.keys(registrationMails), Object.values(registrationMails)]
  await exec(
    tx,
    planForBatch(
      sql`insert into emails (tenant_id, email_id, event_id, account_id, template, parameters,
            recipient_name, recipient_email, language, message_id, state, due_at)
          select e.tenant_id, id.email_id, e.event_id, null, m.template, e.details, '', r.email,
            ${mailLanguage(sql`e.tenant_id`, sql`null`, settings.language)},
            '<' || id.email_id || '@' || ${settings.domain} || '>', ${settings.state}::text, now()
          from ${eventsOfBatch(batch)}
          cross join lateral (
            select r.email, r.kind from registrations r
            where r.tenant_id = e.tenant_id and r.registration_id = case e.type
              when 'registration.requested' then (e.details ->> 'registration_id')::uuid end
            limit 1) r
          join unnest(${kinds}::text[], ${templates}::text[]) as m (kind, template) on m.kind = r.kind
          cross join lateral (select ${emailIdOf(settings, nameOfRegistrationMail)} as email_id) id
          order by e.tenant_id, e.event_id
          on conflict do nothing`,
      batch.eventIds.length,
    ),
  )
}
