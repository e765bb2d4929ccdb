import { z } from 'zod'
import { requireRead, type Subject } from '../../../platform/access.ts'
import type { App } from '../../../platform/app-context.ts'
import type { Db, Tx } from '../../../platform/db/sql.ts'
import { transaction } from '../../../platform/db/transaction.ts'
import { AppError } from '../../../platform/errors.ts'
import { eventOf, recordEvents } from '../../../platform/events/append-events.ts'
import { type PageOf, type PageRequest, pageOf, refuseTooBroad } from '../../../platform/paging.ts'
import { findVisibleTicket, getTicket } from '../../desk/tickets/tickets.service.ts'
import type { Act, User } from '../../identity/accounts/actor.ts'
import { listEmailsOfTicket } from './email-lists.queries.ts'
import { requeueMail } from './mail-queue.queries.ts'
import { findMail, hasLivingLink, type MailOfTicket, type StoredMail } from './outgoing-mail.queries.ts'
import { TicketEmail, type TicketEmailSort } from './outgoing-mail.schemas.ts'
import { whyCancelled } from './send-mail.service.ts'

const withoutAddresses = (text: string): string => text.replaceAll(/[^\s<>()"',;:]+@[^\s<>()"',;:]+/g, '…')

/** A mail as the people of its ticket see it. */
const toTicketEmail = ({ role }: User, mail: MailOfTicket): TicketEmail =>
  TicketEmail.parse({
    ...mail,
    reason: role === 'customer' || mail.last_error === null ? null : withoutAddresses(mail.last_error),
  })

/**
 * A page of the mails of a ticket, oldest or newest first. Customers get the mails to themselves.
 * @throws AppError `ticket_not_found`, also when the actor may not see it; `query_too_broad` after `LIST_TIMEOUT_MS`.
 */
export const listMailsOfTicket = async (
  app: App,
  actor: User,
  ticketId: string,
  sort: TicketEmailSort,
  page: PageRequest<[string, string]>,
): Promise<PageOf<TicketEmail>> => {
  await getTicket(app, actor, ticketId)
  const reading = listEmailsOfTicket(app.pool, actor, ticketId, sort, page, app.config.LIST_TIMEOUT_MS)
  const mails = await refuseTooBroad(reading, 'Ask for a smaller page with `limit`.')
  const seen = mails.map((mail) => toTicketEmail(actor, mail))
  return pageOf(seen, page, sort, (mail) => [mail.created_at, mail.email_id])
}

/** A mail that the actor may have sent again. Admins may with every mail, others with the mails of tickets they see. */
const findResendable = async (db: Db, actor: User, emailId: string): Promise<StoredMail | null> => {
  const mail = await findMail(db, actor.tenantId, emailId)
  if (mail === null || actor.role === 'admin') return mail
  const ticket = mail.ticket_id === null ? null : await findVisibleTicket(db, actor, mail.ticket_id)
  return ticket === null ? null : mail
}

/** Why a mail cannot be sent again, or null. */
const whyNotAgain = async (tx: Tx, mail: StoredMail): Promise<string | null> => {
  // A second mail of one Message-ID would be dropped by most mail servers, and the row would forget the first.
  if (mail.state === 'sent') return 'The mail server has taken it.'
  const reason = whyCancelled(mail)
  if (reason !== null) return reason
  // A mail that waits tells what happened. Sent again, it would offer a solution that did not help.
  if (mail.is_reopened_since) return 'The ticket has been reopened since.'
  if (mail.account_status === 'deactivated') return 'The account of its recipient has been deactivated.'
  if (mail.parameters_blanked_at !== null) return 'Its text has been removed.'
  if (mail.is_resent_lately) return 'It was sent again less than a minute ago.'
  return (await hasLivingLink(tx, mail)) ? null : 'Its link has been used or has expired. Have a new one mailed.'
}

/**
 * Has a mail sent again. A mail that waits untried stays as it is.
 * @throws AppError `email_not_found`, also when the actor may not see its ticket; `email_not_resendable`.
 */
export const resendMail = (app: App, act: Act<User>, emailId: string): Promise<TicketEmail> =>
  transaction(
    app.pool,
    async (tx) => {
      const { actor } = act
      const mail = requireRead(await findResendable(tx, actor, emailId), 'email_not_found')
      const detail = await whyNotAgain(tx, mail)
      if (detail !== null) throw new AppError('email_not_resendable', { detail })
      if ((await requeueMail(tx, mail)) === 0) return toTicketEmail(actor, mail)
      const { template, ticket_id } = mail
      const details = { email_id: emailId, template, ...(ticket_id === null ? {} : { ticket_id }) }
      await recordEvents(tx, [eventOf(act, 'email.resent', mail.account_id, { details })])
      return toTicketEmail(actor, { ...mail, state: 'queued', last_error: null, sent_at: null })
    },
    act.receipt,
  )

const InPath = z.object({ emailId: z.uuid() })

/**
 * Refuses an answer about a mail that the caller may not have sent again any more. @throws AppError `email_not_found`.
 */
export const refuseUnseenMails = async (app: App, actor: User | null, { params }: Subject): Promise<void> => {
  const { data } = InPath.safeParse(params)
  if (data === undefined || actor === null) return
  requireRead(await findResendable(app.pool, actor, data.emailId), 'email_not_found')
}
