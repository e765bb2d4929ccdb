import { z } from 'zod'
import { AccountStatus, Language } from '../../../contract/enums.ts'
import { type Db, exec, join, many, maybeOne, type Sql, sql } from '../../../platform/db/sql.ts'
import { isOutOfSight } from '../../desk/tickets/sight-of-accounts.steps.ts'
import { shownTenantName } from '../../identity/tenants/tenant-settings.steps.ts'
import { digestOfMail } from './digest-entries.steps.ts'
import { Email, EmailState } from './outgoing-mail.schemas.ts'
import { TemplateName } from './templates/template-names.ts'
import { isUndone } from './undone-mails.steps.ts'

/** Stands for the account of a mail to an address that registers, which has none. No account can have this id. */
const noAccount = '-'

/** The address of a mail `e` as people read it: as its account typed it, as long as the account has this address. */
const shownRecipient = sql`coalesce((
  select o.typed_email from accounts o
  where o.tenant_id = e.tenant_id and o.account_id = e.account_id and o.email = e.recipient_email), e.recipient_email)`

export const emailColumns = sql`e.email_id, e.template, coalesce(e.account_id, ${noAccount}) as account_id, e.recipient_name,
  ${shownRecipient} as recipient_email, e.ticket_id, e.message_id, e.state, e.attempts, e.last_error,
  case when e.state in ('queued', 'deferred') then e.due_at end as next_attempt_at, e.created_at, e.sent_at, e.parameters_blanked_at`

/** The comment that a mail `e` is about. Its event says it, also when the parameters of the mail have been removed. */
export const commentOfEvent = sql`(
  select (ev.details ->> 'comment_id')::uuid from events ev
  where ev.tenant_id = e.tenant_id and ev.event_id = e.event_id and ev.type = 'comment.added')`

/** A mail as the list of a ticket has it. */
export const MailOfTicket = Email.extend({ comment_id: z.uuid().nullable() })
export type MailOfTicket = z.output<typeof MailOfTicket>

/** A mail with everything that rendering and sending it needs. */
export const StoredMail = MailOfTicket.extend({
  tenant_id: z.int(),
  tenant_name: z.string(),
  tenant_slug: z.string(),
  tenant_host: z.string().nullable(),
  /** What the admins of the tenant have chosen. */
  tenant_settings: z.record(z.string(), z.unknown()),
  tenant_has_logo: z.boolean(),
  language: Language,
  /** What the tenant wrote in place of the built-in mail; null for nothing. */
  own_subject: z.string().nullable(),
  own_text: z.string().nullable(),
  /** Whether an admin tries out a text by it. Then it has this text, and no secret. */
  is_test: z.boolean(),
  account_status: AccountStatus,
  /**
   * `template`; null when another version wrote the mail, with a template that this version does not have.
   */
  known_template: TemplateName.nullable().catch(null),
  /** Empty when what is stored is not an object: the mail then has none of the parameters of its template. */
  parameters: z.record(z.string(), z.unknown()).catch({}),
  /** The Message-ID of the first mail of the ticket. */
  in_reply_to: z.string().nullable(),
  /** The Message-ID of the mail about the comment that the comment of this mail answers. */
  answered_message_id: z.string().nullable(),
  /** The name of the account now. */
  account_name: z.string(),
  /** Where the mail goes: to the address of the account now, or to the one that the mail keeps. */
  account_email: z.string(),
  keeps_address: z.boolean(),
  /** Whether the mail goes to the account's own address, which is confirmed or no customer's. */
  is_confirmed: z.boolean(),
  /** Whether the staff, or the program itself, did what the mail tells of. */
  is_by_staff: z.boolean(),
  /** Whether the ticket of the mail has been deleted, or the comment that the mail is about. */
  is_ticket_deleted: z.boolean(),
  is_comment_deleted: z.boolean(),
  /** Whether what the mail tells of has been undone by its actor. */
  is_undone: z.boolean(),
  /** Whether the mail tells of a merge that has been undone. */
  is_merge_undone: z.boolean(),
  /** Whether the mail is about loose files, and none of them is there without a comment any more. */
  is_without_files: z.boolean(),
  /** Whether the mail is a digest, and nothing is left of what it gathered that its reader sees. */
  is_empty_digest: z.boolean(),
  /** What the one-click unsubscription of the mail stops; null for nothing. */
  stops: z.string().nullable(),
  /** Whether the mail is to a technician or customer who does not see the ticket any more. */
  is_out_of_sight: z.boolean(),
  /** Whether the mail tells of a resolution, and the ticket has been reopened since. */
  is_reopened_since: z.boolean(),
  /** The SHA-256 of the text that was sent, in hexadecimal digits. */
  sent_sha256: z.string().nullable(),
  /** Whether a person had the mail sent again within the last minute. */
  is_resent_lately: z.boolean(),
})
export type StoredMail = z.output<typeof StoredMail>

/** What names a mail. */
export type MailKey = Pick<StoredMail, 'tenant_id' | 'email_id'>

/** A condition: a text is a UUID, so that its cast does not fail. */
const isUuid = (text: Sql): Sql => sql`${text} ~ '^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$'`

/**
 * A condition: a ticket belongs to the conversation of the ticket `k` of a mail. It may have left the conversation
 * since the mail was written, when a merge was undone.
 */
const isOfMail = (ticket: Sql): Sql => sql`coalesce(${ticket}.final_target_number, ${ticket}.ticket_number)
  = coalesce(k.final_target_number, k.ticket_number)`

/** A condition: the parameters of a mail `e` name loose files: their author, their ticket, and a minute. */
const namesLooseFiles = sql`(e.parameters ->> 'files_minute' ~ '^[0-9]{1,9}$'
  and e.parameters ->> 'files_on' ~ '^TKT[0-9]{4,18}$')`

const minute = sql`to_timestamp(case when ${namesLooseFiles} then (e.parameters ->> 'files_minute')::bigint * 60 end)`

/**
 * The files that a mail `e` to the account `a` names: those of its comment `c`, or the public ones of an author that no
 * comment carries, by name and size.
 */
const filesOfMail = sql`
  select coalesce(jsonb_agg(jsonb_build_object('file_name', f.file_name, 'size', f.size)
    order by f.created_at, f.attachment_id), '[]') as files
  from (
    select f.* from attachments f
    where f.tenant_id = e.tenant_id and f.comment_id = c.comment_id and f.deleted_at is null
      and (a.role <> 'customer' or f.visibility = 'public')
    union all
    select f.* from attachments f
    join tickets put_on on put_on.tenant_id = f.tenant_id and put_on.ticket_number = f.ticket_number
      and put_on.deleted_at is null and ${isOfMail(sql`put_on`)}
    where f.tenant_id = e.tenant_id
      and f.ticket_number = case when ${namesLooseFiles} then substr(e.parameters ->> 'files_on', 4)::bigint end
      and f.created_at >= ${minute} and f.created_at < ${minute} + interval '1 minute'
      and f.author_id = e.parameters ->> 'files_by' and f.comment_id is null and f.visibility = 'public'
      and f.deleted_at is null) f`

const commentId = sql`case when ${isUuid(sql`e.parameters ->> 'comment_id'`)}
  then (e.parameters ->> 'comment_id')::uuid end`

/**
 * Whether a mail `e` tells of a merge that has been undone. The merged ticket may have been merged into a ticket of
 * another conversation since.
 */
const isUndoneMerge = sql`e.template in ('ticket_merged', 'ticket_merged_customer') and not exists (
  select from tickets m
  where m.tenant_id = e.tenant_id and m.merged_into_number is not null and ${isOfMail(sql`m`)}
    and m.ticket_number = substring(e.parameters ->> 'merged_ticket_id' from '^TKT([0-9]{1,18})$')::bigint)`

const isUndoneChange = isUndone(sql`undo`, {
  tenantId: sql`e.tenant_id`,
  ticketId: sql`e.ticket_id`,
  undoId: sql`e.undo_id`,
})

/** The account `a` of a mail `e`. A mail to an address that registers has none, and goes to that address. */
const accountOfMail = sql`coalesce(a.status, case when e.account_id is null then 'active' else 'deactivated' end)
    as account_status, coalesce(a.name, '') as account_name, e.keeps_address,
  case when e.keeps_address then e.recipient_email else coalesce(a.email, e.recipient_email) end as account_email,
  coalesce((a.role <> 'customer' or a.email_confirmed_at is not null) and not e.keeps_address, false) as is_confirmed,
  coalesce((
    select ev.actor_role <> 'customer' from events ev
    where ev.tenant_id = e.tenant_id and ev.event_id = e.event_id), false) as is_by_staff`

/**
 * The mails of `from`, whose alias is `e`, with what they quote, as that is now: the description of the ticket, and the
 * comment or the files that the mail is about. A text is null when it is gone, or when its ticket is. Mails of earlier
 * versions keep their texts in their parameters.
 */
export const selectStored = (from: Sql, language: Language | null = null): Sql =>
  sql`select ${emailColumns}, ${commentOfEvent} as comment_id, e.tenant_id, ${shownTenantName(sql`t`)} as tenant_name,
        t.slug as tenant_slug, t.host as tenant_host, t.settings as tenant_settings,
        t.logo_id is not null as tenant_has_logo,
        coalesce(${language}, e.language, 'en') as language,
        coalesce(e.parameters -> 'trial' ->> 'subject', o.subject) as own_subject,
        coalesce(e.parameters -> 'trial' ->> 'text', o.text) as own_text, e.parameters ? 'trial' as is_test,
        ${accountOfMail}, e.template as known_template, e.in_reply_to,
        e.answered_message_id,
        jsonb_build_object('issue_description', k.issue_description, 'comment_body', c.body, 'files', attached.files)
          || gathered.parameters || e.parameters as parameters,
        gathered.is_empty as is_empty_digest, e.stops,
        e.ticket_id is not null and k.ticket_id is null as is_ticket_deleted,
        ${commentId} is not null and c.comment_id is null as is_comment_deleted,
        coalesce(${namesLooseFiles}, false) and attached.files = '[]' as is_without_files,
        ${isUndoneMerge} as is_merge_undone, ${isUndoneChange} as is_undone,
        k.ticket_id is not null and ${isOutOfSight(sql`a`, sql`k`)} as is_out_of_sight,
        e.template = 'ticket_resolved' and k.ticket_id is not null
          and (k.resolved_date is null or k.resolved_date > e.created_at) as is_reopened_since,
        encode(e.text_sha256, 'hex') as sent_sha256,
        coalesce(e.resent_at > now() - interval '1 minute', false) as is_resent_lately
      from ${from}
      join tenants t on t.tenant_id = e.tenant_id
      left join mail_templates o on o.tenant_id = e.tenant_id and o.template = e.template
        and o.language = coalesce(${language}, e.language, 'en')
      left join accounts a on a.tenant_id = e.tenant_id and a.account_id = e.account_id
      left join undos undo on undo.tenant_id = e.tenant_id and undo.undo_id = e.undo_id
      left join tickets k on k.tenant_id = e.tenant_id and k.ticket_number = substr(e.ticket_id, 4)::bigint
        and k.deleted_at is null
      left join comments c on c.tenant_id = e.tenant_id and c.deleted_at is null and c.comment_id = ${commentId}
        and exists (
          select from tickets said_on
          where said_on.tenant_id = c.tenant_id and said_on.ticket_number = c.ticket_number
            and said_on.deleted_at is null and ${isOfMail(sql`said_on`)})
      cross join lateral (${filesOfMail}) attached
      cross join lateral (${digestOfMail}) gathered`

/** The parameters that name the row of a link, and the table of the row. */
const links = [
  { id: sql`reset_id`, name: 'reset_id', table: sql`password_resets` },
  { id: sql`confirmation_id`, name: 'confirmation_id', table: sql`email_confirmations` },
  { id: sql`registration_id`, name: 'registration_id', table: sql`registrations` },
]

/** A condition on a mail `e`: it has a link of a kind, which was used or has expired. */
const hasDeadLink = ({ id, name, table }: (typeof links)[number]): Sql => {
  const rowId = sql`e.parameters ->> ${name}`
  return sql`(${rowId} is not null and not exists (
    select from ${table} r
    where r.tenant_id = e.tenant_id and r.${id} = case when ${isUuid(sql`(${rowId})`)} then (${rowId})::uuid end
      and r.used_at is null and r.expires_at > now()))`
}

/** Whether the link of a mail, if it has one, still does what it is for. */
export const hasLivingLink = async (db: Db, { tenant_id, email_id }: MailKey): Promise<boolean> => {
  const over = sql`select from emails e
    where e.tenant_id = ${tenant_id} and e.email_id = ${email_id} and (${join(links.map(hasDeadLink), ' or ')})`
  return (await exec(db, over)) === 0
}

/** A mail with everything that rendering it needs, in its own language unless another one is asked for. */
export const findMail = (db: Db, tenantId: number, emailId: string, language?: Language): Promise<StoredMail | null> =>
  maybeOne(
    db,
    StoredMail,
    sql`${selectStored(sql`emails e`, language)} where e.tenant_id = ${tenantId} and e.email_id = ${emailId}`,
  )

/** The newest mail of a template in a tenant. */
export const findLatestOf = (db: Db, tenantId: number, template: TemplateName): Promise<{ email_id: string } | null> =>
  maybeOne(
    db,
    z.object({ email_id: z.uuid() }),
    sql`select e.email_id from emails e where e.tenant_id = ${tenantId} and e.template = ${template}
        order by e.created_at desc, e.email_id desc limit 1`,
  )

const Waiting = z.object({ state: EmailState, count: z.int() })

/** How many mails wait, and how many are held since a restore, by state; over all tenants, for the metrics. */
export const countWaitingMails = (db: Db): Promise<z.output<typeof Waiting>[]> =>
  many(
    db,
    Waiting,
    sql`select e.state, count(*) as count from emails e where e.state in ('queued', 'deferred') group by e.state
        union all
        select 'held', count(*) from emails e where e.state = 'held'`,
  )
