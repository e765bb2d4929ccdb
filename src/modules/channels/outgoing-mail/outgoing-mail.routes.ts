import { z } from 'zod'
import { pageRequest } from '../../../platform/paging.ts'
import { moment, NoBody } from '../../../platform/schemas.ts'
import { showTicket } from '../../desk/tickets/ticket-reading.service.ts'
import { TicketParams } from '../../desk/tickets/tickets.schemas.ts'
import { endpoint } from '../../identity/accounts/declare-endpoint.ts'
import {
  EmailList,
  EmailParams,
  EmailQuery,
  RenderedEmail,
  TicketEmail,
  TicketEmailList,
  TicketEmailQuery,
} from './outgoing-mail.schemas.ts'
import { emailOrder, getMail, listMails } from './outgoing-mail.service.ts'
import { listMailsOfTicket, resendMail } from './ticket-mails.service.ts'

const tag = 'Mails'
const emailKey = z.tuple([moment, z.uuid()])

export const emailRoutes = [
  endpoint({
    id: 'listEmails',
    method: 'get',
    path: '/emails',
    can: 'email:read',
    tag,
    summary: 'List mails and their states',
    description: 'Newest first.',
    query: EmailQuery,
    responds: { 200: EmailList },
    fails: ['query_too_broad'],
    handle: async ({ app, actor, query }) => {
      const request = pageRequest(query, emailOrder, emailKey)
      const { rows, page } = await listMails(app, actor, query, request)
      return { emails: rows, page }
    },
  }),
  endpoint({
    id: 'getEmail',
    method: 'get',
    path: '/emails/:emailId',
    can: 'email:read',
    tag,
    summary: 'Read a mail',
    description:
      'The mail is rendered from what is there now; `as_sent` says whether that is what was sent. The token of a link that ' +
      'sets a password is masked.',
    params: EmailParams,
    responds: { 200: RenderedEmail },
    fails: ['email_not_found'],
    handle: ({ app, actor, params }) => getMail(app, actor, params.emailId),
  }),
  endpoint({
    id: 'resendEmail',
    method: 'post',
    path: '/emails/:emailId/resend',
    can: 'email:resend',
    tag,
    summary: 'Send a mail again',
    description:
      'For admins, and for technicians who see the ticket of the mail. The mail is due at once, with what it quotes as ' +
      'that is now, under the same Message-ID. A mail that waits untried stays as it is.',
    params: EmailParams,
    body: NoBody,
    bodyOptional: true,
    responds: { 200: TicketEmail },
    fails: ['email_not_found', 'email_not_resendable'],
    handle: (call) => resendMail(call.app, call, call.params.emailId),
  }),
  endpoint({
    id: 'listTicketEmails',
    method: 'get',
    path: '/tickets/:ticketId/emails',
    can: 'ticket:read-emails',
    tag,
    summary: 'List the mails of a ticket and their states',
    description: 'Oldest first, or newest first with `sort`. Customers see the mails to themselves.',
    params: TicketParams,
    query: TicketEmailQuery,
    responds: { 200: TicketEmailList },
    fails: ['ticket_not_found', 'quota_exceeded', 'query_too_broad'],
    handle: async (call) => {
      const { app, actor, params, query } = call
      const { sort = 'created_at' } = query
      const request = pageRequest(query, sort, emailKey)
      const { rows, page } = await showTicket(call, () => listMailsOfTicket(app, actor, params.ticketId, sort, request))
      return { emails: rows, page }
    },
  }),
]
