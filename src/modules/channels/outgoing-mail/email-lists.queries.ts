import { z } from 'zod'
import { containing } from '../../../platform/db/containing.ts'
import { allOf, type Db, many, planEachTime, type Sql, sql, withinTime } from '../../../platform/db/sql.ts'
import { mailableForm } from '../../../platform/email-address.ts'
import type { PageRequest } from '../../../platform/paging.ts'
import type { User } from '../../identity/accounts/actor.ts'
import { commentOfEvent, emailColumns, MailOfTicket } from './outgoing-mail.queries.ts'
import { Email, type EmailFilter, type TicketEmailSort } from './outgoing-mail.schemas.ts'

type EmailPage = PageRequest<[string, string]>

/** A mail of a list, with what its subject is made of. */
const EmailRow = Email.extend({ ticket_subject: z.string().nullable(), is_test: z.boolean() })
type EmailRow = z.output<typeof EmailRow>

const ticketSubject = sql`e.parameters ->> 'ticket_subject' as ticket_subject, e.parameters ? 'trial' as is_test`

/** One more than `limit` of the mails that fit, in the order of their writing, after the cursor's key. */
const listEmailsWhere = <Row extends z.ZodType>(
  db: Db,
  row: Row,
  more: Sql,
  conditions: Sql[],
  { limit, after }: EmailPage,
  isNewestFirst: boolean,
  timeoutMs: number,
): Promise<z.output<Row>[]> => {
  const [direction, beyond] = isNewestFirst ? [sql`desc`, sql`<`] : [sql`asc`, sql`>`]
  const isAfter =
    after === null ? [] : [sql`(e.created_at, e.email_id) ${beyond} (${after[0]}::timestamptz, ${after[1]}::uuid)`]
  const statement = sql`select ${emailColumns}, ${more} from emails e
    where ${allOf([...conditions, ...isAfter])}
    order by e.created_at ${direction}, e.email_id ${direction} limit ${limit + 1}`
  return many(db, row, withinTime(planEachTime(statement), timeoutMs))
}

/** A page of the tenant's mails, newest first. The server cancels the list after `timeoutMs`. */
export const listEmails = (
  db: Db,
  { tenantId }: User,
  { state, ticket_id, recipient, account, template, ticket_subject }: EmailFilter,
  page: EmailPage,
  timeoutMs: number,
): Promise<EmailRow[]> => {
  const conditions: Sql[] = [sql`e.tenant_id = ${tenantId}`]
  if (state !== undefined) conditions.push(sql`e.state = ${state}`)
  if (ticket_id !== undefined) conditions.push(sql`e.ticket_id = ${ticket_id}`)
  if (recipient !== undefined) conditions.push(sql`lower(e.recipient_email) = lower(${mailableForm(recipient)})`)
  if (account !== undefined) conditions.push(sql`e.account_id = ${account}`)
  if (template !== undefined) conditions.push(sql`e.template = ${template}`)
  if (ticket_subject !== undefined)
    conditions.push(sql`lower(e.parameters ->> 'ticket_subject') like ${containing(ticket_subject)}`)
  return listEmailsWhere(db, EmailRow, ticketSubject, conditions, page, true, timeoutMs)
}

/** A page of the mails of a ticket, oldest or newest first; for customers those to themselves. As `listEmails`. */
export const listEmailsOfTicket = (
  db: Db,
  { tenantId, role, accountId }: User,
  ticketId: string,
  sort: TicketEmailSort,
  page: EmailPage,
  timeoutMs: number,
): Promise<MailOfTicket[]> => {
  const conditions: Sql[] = [sql`e.tenant_id = ${tenantId}`, sql`e.ticket_id = ${ticketId}`]
  if (role === 'customer') conditions.push(sql`e.account_id = ${accountId}`)
  const comment = sql`${commentOfEvent} as comment_id`
  return listEmailsWhere(db, MailOfTicket, comment, conditions, page, sort === '-created_at', timeoutMs)
}
