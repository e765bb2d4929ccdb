import { z } from 'zod'
import { Page, pageQuery } from '../../../platform/paging.ts'
import { email, line, searchText, timestamp, withCanonicalId } from '../../../platform/schemas.ts'
import { TicketId } from '../../desk/tickets/tickets.schemas.ts'
import { TemplateName } from './templates/template-names.ts'

export const EmailState = z.enum(['queued', 'sent', 'deferred', 'failed', 'captured', 'cancelled', 'held']).meta({
  id: 'EmailState',
  description:
    '`queued`: not tried yet. `sent`: the mail server took it. `deferred`: tried, and will be tried again. `failed`: ' +
    'refused for good, or given up. `captured`: kept here, because no mail server is set up. `cancelled`: not sent, ' +
    'because its recipient does not see the ticket any more, because the ticket, the comment or the file has been ' +
    'deleted, because the merge, or what it tells of, has been undone, because nothing is left of what a digest ' +
    'gathered, because a comment carries the file, whose own mail names it, or because ' +
    'nobody has confirmed the address, and it has had its mails of the day. `held`: waited in a backup that was ' +
    'restored, and may have been sent since; the operator decides, or an admin has it sent again.',
})

/** The name of a template, as it is kept: also one of a later version, while programs of two versions run. */
export const EmailTemplate = z
  .string()
  .meta({ id: 'EmailTemplate', description: 'Which mail it is.', enum: TemplateName.options })

export const Email = z
  .object({
    email_id: z.uuid(),
    template: EmailTemplate,
    account_id: z.string(),
    recipient_name: z.string(),
    recipient_email: z.string(),
    ticket_id: z.string().nullable(),
    message_id: z.string(),
    state: EmailState,
    attempts: z.int(),
    last_error: z.string().nullable(),
    next_attempt_at: timestamp.nullable().meta({
      description: 'When a mail that waits is tried next, at the earliest; null when it does not wait for a time.',
    }),
    created_at: timestamp,
    sent_at: timestamp.nullable(),
    parameters_blanked_at: timestamp.nullable().meta({
      description: 'When the text of the mail was removed, because the mail was old. Null: the text can be read.',
    }),
  })
  .meta({ id: 'Email' })
export type Email = z.output<typeof Email>

export const RenderedEmail = Email.extend({
  subject: z.string(),
  text: z.string(),
  html: z.string(),
  as_sent: z
    .boolean()
    .nullable()
    .meta({
      description:
        'Whether `text` is what was sent. False when something that the mail quotes has changed or is gone since. Null ' +
        'when the mail was not sent, or by a version that did not note what it sent.',
    }),
}).meta({ id: 'RenderedEmail' })
export type RenderedEmail = z.output<typeof RenderedEmail>

export const TicketEmail = Email.pick({
  email_id: true,
  recipient_name: true,
  template: true,
  state: true,
  created_at: true,
  sent_at: true,
})
  .extend({
    comment_id: z
      .uuid()
      .nullable()
      .meta({ description: 'The comment that the mail is about; null when it is about none.' }),
    reason: z
      .string()
      .nullable()
      .meta({ description: 'Why the mail is not sent, or not yet; addresses are left out. Null for customers.' }),
  })
  .meta({ id: 'TicketEmail' })
export type TicketEmail = z.output<typeof TicketEmail>
/** A minus in front: the latest first. */
export const TicketEmailSort = z.enum(['created_at', '-created_at']).meta({
  id: 'TicketEmailSort',
  description: '`created_at`: the oldest first. `-created_at`: the newest first.',
})
export type TicketEmailSort = z.output<typeof TicketEmailSort>

export const TicketEmailQuery = z.strictObject({
  ...pageQuery,
  sort: TicketEmailSort.optional().meta({ description: '`created_at` when left out.', examples: ['-created_at'] }),
})
export const TicketEmailList = z.object({ emails: z.array(TicketEmail), page: Page }).meta({ id: 'TicketEmailList' })

/** A row of a list. */
export const ListedEmail = Email.extend({
  subject: z
    .string()
    .nullable()
    .meta({
      description:
        'The number and the subject of the ticket that the mail is about, as long as the text of the mail is kept; otherwise ' +
        'null. The subject of the mail is another one where a mail template says so.',
    }),
  is_test: z.boolean().meta({
    description: 'Whether it is the test of a mail template, as long as the text of the mail is kept.',
  }),
}).meta({ id: 'ListedEmail' })
export type ListedEmail = z.output<typeof ListedEmail>

/** The filter knows the templates of this version. */
const isTemplate = (name: string): boolean => TemplateName.safeParse(name).success
const notTemplate = { error: 'must be a template such as ticket_created_customer, ticket_resolved or comment_public' }
/** How a list that an index has reads. */
const byIndex = 'An index has such mails, newest first, as they are listed.'

export const EmailParams = z.object({ emailId: z.uuid() })
export const EmailQuery = z.strictObject({
  ...pageQuery,
  state: EmailState.optional().meta({ examples: ['captured'] }),
  ticket_id: TicketId.optional(),
  recipient: email.optional().meta({
    description: `The email address that the mail goes to, in any case. ${byIndex}`,
    examples: ['hannah.reed@harbour.example.com'],
  }),
  account: line(100)
    .transform(withCanonicalId(['CUS', 'TEC']))
    .optional()
    .meta({ description: `The id of the account that the mail is to. ${byIndex}`, examples: ['CUS0001'] }),
  template: EmailTemplate.refine(isTemplate, notTemplate)
    .optional()
    .meta({ description: 'Such as `ticket_assigned_technician`.', examples: ['ticket_assigned_technician'] }),
  ticket_subject: searchText.optional().meta({
    description:
      'A part of the subject of the ticket that the mail is about, in any case. Mails about no ticket have none. Every mail ' +
      'that the other filters leave is looked at, newest first, which may be `query_too_broad`.',
    examples: ['printer'],
  }),
})
export type EmailFilter = Partial<Omit<z.output<typeof EmailQuery>, 'limit' | 'cursor'>>
export const EmailList = z.object({ emails: z.array(ListedEmail), page: Page }).meta({ id: 'EmailList' })
