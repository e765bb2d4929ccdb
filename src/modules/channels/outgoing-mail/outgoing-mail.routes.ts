import { z } from 'zod'
import { pageRequest } from '../../../platform/paging.ts'
import { moment } from '../../../platform/schemas.ts'
import { endpoint } from '../../identity/accounts/declare-endpoint.ts'
import { EmailList, EmailParams, EmailQuery, RenderedEmail } from './outgoing-mail.schemas.ts'
import { emailOrder, getMail, listMails } from './outgoing-mail.service.ts'

const tag = 'Mails'

export const emailRoutes = [
  endpoint({
    method: 'get',
    path: '/emails',
    can: 'email:read',
    tag,
    summary: 'List mails and their states',
    description: 'Newest first.',
    query: EmailQuery,
    responds: { 200: EmailList },
    handle: async ({ app, actor, query }) => {
      const request = pageRequest(query, emailOrder, z.tuple([moment, z.uuid()]))
      const { rows, page } = await listMails(app, actor, query, request)
      return { emails: rows, page }
    },
  }),
  endpoint({
    method: 'get',
    path: '/emails/:emailId',
    can: 'email:read',
    tag,
    summary: 'Read a mail as it was sent',
    description: 'The token of a link that sets a password is masked.',
    params: EmailParams,
    responds: { 200: RenderedEmail },
    fails: ['email_not_found'],
    handle: ({ app, actor, params }) => getMail(app, actor, params.emailId),
  }),
]
