import { z } from 'zod'
import type { Language } from '../../../contract/enums.ts'
import { maybeOne, sql, type Tx } from '../../../platform/db/sql.ts'
import { appendEvents, type NewEvent } from '../../../platform/events/append-events.ts'
import type { TemplateName } from './templates/template-names.ts'
import type { Source } from './templates/template-source.ts'
import { emailIdOf, type MailSettings } from './write-mails.queries.ts'

/** A template that an admin tries out by a mail to themselves. */
export interface TestMail {
  template: TemplateName
  language: Language
  source: Source
  /** What the mail tells when it is not that of a mail that was written. */
  sample: Record<string, unknown>
  /** The mail whose facts are told; null for the sample. */
  emailId: string | null
}

const Written = z.object({ email_id: z.uuid(), recipient_email: z.string() })
export type WrittenTestMail = z.output<typeof Written>

/**
 * Writes a mail to the own account of the actor, with the text that is tried out, and the event. What a mail of a
 * ticket quotes is read when it is sent, as with other mails. Null when the account is not active, or the mail is gone.
 */
export const writeTestMail = (
  tx: Tx,
  settings: MailSettings,
  { template, language, source, sample, emailId }: TestMail,
  event: NewEvent,
): Promise<WrittenTestMail | null> =>
  maybeOne(
    tx,
    Written,
    sql`with told as materialized (
          select a.tenant_id, a.account_id, a.name, a.email, o.ticket_id, o.stops,
            (case when ${emailId}::uuid is null then ${JSON.stringify(sample)}::jsonb else o.parameters end)
              || ${JSON.stringify({ trial: source })}::jsonb as parameters
          from accounts a
          left join emails o on o.tenant_id = a.tenant_id and o.email_id = ${emailId}::uuid
            and o.template = ${template} and o.parameters_blanked_at is null
          where a.tenant_id = ${event.tenantId} and a.account_id = ${event.actorId} and a.status = 'active'
            and (${emailId}::uuid is null or o.email_id is not null)),
        logged as (${appendEvents([event])} returning tenant_id, event_id, occurred_at)
        insert into emails (tenant_id, email_id, event_id, account_id, template, parameters, recipient_name,
          recipient_email, language, ticket_id, message_id, state, due_at,
          stops)
        select t.tenant_id, id.email_id, l.event_id, t.account_id, ${template}, t.parameters, t.name, t.email,
          ${language}::text, t.ticket_id, '<' || id.email_id || '@' || ${settings.domain} || '>',
          ${settings.state}::text, now(), t.stops
        from told t
        join logged l on l.tenant_id = t.tenant_id
        cross join lateral (
          select ${emailIdOf(settings, sql`concat_ws(' ', l.tenant_id, l.event_id, t.account_id, 'trial', l.occurred_at)`)}
            as email_id) id
        returning email_id, recipient_email`,
  )
