import { randomUUID } from 'node:crypto'
import { keyedCatalogueRequests } from './catalogue-requests.ts'
import { createAssignedTicket, createTicket, createTickets, issue, mergeTicket } from './create-tickets.ts'
import { announcementOf, textFile, upload } from './files.ts'
import { createOperator, ensureDefaultTenant } from './operator-client.ts'
import { password, type World } from './people.ts'
import { type Api, expectSuccess, type Reply } from './requests.ts'
import { askedRegistration, confirmationToken, forgetPassword } from './sign-in-requests.ts'
import { newSlug, tenantFor } from './tenant-requests.ts'
import { unsubscribeToken } from './unsubscribe-token.ts'
import { createWebhook, makeDelivery, newWebhook } from './webhook-requests.ts'
import type { Desk } from './workspace.ts'
import { writeMails } from './write-mails.ts'

/** A request that a test repeats under the same Idempotency-Key. */
export interface Keyed {
  as: Api
  path: string
  body?: Record<string, unknown>
  /**
   * Another body that the endpoint takes. Without it, a test changes the first member; before the sign-in it does not,
   * because that member often says whose the key is.
   */
  other?: Record<string, unknown>
  /** Before the sign-in: a request to another address by whom the key belongs to, if there is one. */
  elsewhere?: [path: string, body: Record<string, unknown>]
  /** The caller of the repetition, when the request ends the first session. */
  again?: Api
}

export const unique = (): string => `k-${randomUUID().slice(0, 13)}`
export const uniqueEmail = (): string => `${unique()}@example.com`

/** The header that names a key. */
export const under = (key: string) => ({ headers: { 'Idempotency-Key': key } })

/** A request that does something, for every POST endpoint that takes a key, by its path. */
export const createKeyedRequests = (desk: Desk, world: World): Record<string, () => Promise<Keyed>> => {
  const webhook = () => createWebhook(desk, world, world.ada)
  const operator = createOperator(desk)
  return {
    '/auth/login': async () => ({
      as: world.nobody,
      path: '/auth/login',
      body: { user_id_or_email: 'ada', password },
      other: { user_id_or_email: 'ada', password: 'another-one-3' },
      elsewhere: ['/users/signin', { email: 'ada', password }],
    }),
    '/auth/register': async () => {
      const email = uniqueEmail()
      const body = { name: 'Kim', email, password }
      const elsewhere: Keyed['elsewhere'] = ['/auth/password/forgot', { email }]
      return { as: world.nobody, path: '/auth/register', body, other: { ...body, name: 'Kay' }, elsewhere }
    },
    '/auth/logout': async () => {
      const as = await world.customer()
      return { as, path: '/auth/logout', again: await world.signIn(as.email, password) }
    },
    '/auth/password/forgot': async () => {
      const { email } = await world.customer()
      const elsewhere: Keyed['elsewhere'] = ['/users/signup', { email, password }]
      return { as: world.nobody, path: '/auth/password/forgot', body: { email }, elsewhere }
    },
    '/auth/password/reset': async () => {
      const body = { token: await forgetPassword(desk, world, await world.customer()), password: 'another-one-3' }
      return { as: world.nobody, path: '/auth/password/reset', body, other: { ...body, password: 'another-one-4' } }
    },
    '/auth/register/confirm': async () => {
      const body = { token: await askedRegistration(desk, world, uniqueEmail()), password: 'another-one-3' }
      return { as: world.nobody, path: '/auth/register/confirm', body, other: { ...body, password: 'another-one-4' } }
    },
    '/auth/email/confirm': async () => ({
      as: world.nobody,
      path: '/auth/email/confirm',
      body: { token: await confirmationToken(desk, world, await world.customer()) },
    }),
    '/unsubscribe': async () => ({
      as: world.nobody,
      path: '/unsubscribe',
      body: { token: await unsubscribeToken(desk, world) },
    }),
    '/auth/password/change': async () => ({
      as: await world.customer(),
      path: '/auth/password/change',
      body: { current_password: password, password: 'another-one-3' },
    }),
    '/me/email': async () => ({
      as: await world.customer(),
      path: '/me/email',
      body: { email: uniqueEmail(), current_password: password },
    }),
    '/people/:accountId/second-factor/reset': async () => ({
      as: world.ada,
      path: `/people/${world.tess.id}/second-factor/reset`,
      body: { current_password: password },
    }),
    '/me/second-factor/disable': async () => ({
      as: await world.customer(),
      path: '/me/second-factor/disable',
      body: { current_password: password },
    }),
    '/users/signup': async () => {
      const email = uniqueEmail()
      const elsewhere: Keyed['elsewhere'] = ['/auth/password/forgot', { email }]
      return { as: world.nobody, path: '/users/signup', body: { email, password }, elsewhere }
    },
    '/users/signin': async () => ({
      as: world.nobody,
      path: '/users/signin',
      body: { email: 'ada', password },
      other: { email: 'ada', password: 'another-one-3' },
      elsewhere: ['/auth/login', { user_id_or_email: 'ada', password }],
    }),
    '/users/signout': async () => {
      const as = await world.customer()
      return { as, path: '/users/signout', again: await world.signIn(as.email, password) }
    },
    '/people': async () => ({
      as: world.ada,
      path: '/people',
      body: { name: 'Kim', email: uniqueEmail(), role: 'customer' },
    }),
    '/people/:accountId/reactivate': async () => {
      const { id } = await world.customer()
      expectSuccess(await world.ada.delete(`/people/${id}`))
      return { as: world.ada, path: `/people/${id}/reactivate` }
    },
    '/people/:accountId/invitation': async () => {
      const body = { name: 'Kim', email: uniqueEmail(), role: 'customer' }
      const { account_id } = expectSuccess(await world.ada.post('/people', body)).body
      return { as: world.ada, path: `/people/${account_id}/invitation` }
    },
    '/service-accounts': async () => ({
      as: world.ada,
      path: '/service-accounts',
      body: { name: 'Kim', role: 'admin' },
    }),
    '/service-accounts/:serviceId/api-tokens': async () => {
      const { body } = await world.ada.post('/service-accounts', { name: 'Kim', role: 'admin' })
      const path = `/service-accounts/${body.account_id}/api-tokens`
      return { as: world.ada, path, body: { name: 'Kim', scopes: ['ticket:read'] } }
    },
    ...keyedCatalogueRequests(world),
    '/webhooks': async () => ({ as: world.ada, path: '/webhooks', body: newWebhook }),
    '/webhooks/:webhookId/secrets': async () => ({ as: world.ada, path: `/webhooks/${await webhook()}/secrets` }),
    '/webhooks/:webhookId/deliveries/:deliveryId/resend': async () => {
      const id = await webhook()
      const delivery = await makeDelivery(desk, world, world.ada, id)
      return { as: world.ada, path: `/webhooks/${id}/deliveries/${delivery}/resend` }
    },
    '/webhooks/:webhookId/resend': async () => {
      const body = { since: '2026-01-01' }
      return { as: world.ada, path: `/webhooks/${await webhook()}/resend`, body, other: { since: '2026-01-02' } }
    },
    '/api-tokens': async () => ({
      as: world.ada,
      path: '/api-tokens',
      body: { name: 'Kim', scopes: ['ticket:read'] },
    }),
    '/tenants': async () => {
      await ensureDefaultTenant(desk)
      const slug = newSlug()
      const admin = { user_id: 'kim', name: 'Kim', email: uniqueEmail() }
      return { as: operator, path: '/tenants', body: { slug, name: 'Kim and sons', admin } }
    },
    ...Object.fromEntries(
      (['suspend', 'resume', 'restore'] as const).map((act) => [
        `/tenants/:slug/${act}`,
        async () => {
          const at = `/tenants/${await tenantFor(desk, act)}`
          return {
            as: operator,
            path: `${at}/${act}`,
            elsewhere: [`${at}/${act === 'resume' ? 'suspend' : 'resume'}`, undefined],
          }
        },
      ]),
    ),
    '/customers': async () => ({ as: world.ada, path: '/customers', body: { name: 'Kim', email: uniqueEmail() } }),
    '/technicians': async () => ({
      as: world.ada,
      path: '/technicians',
      body: { name: 'Kim', email: uniqueEmail(), phone_number: '030 1234', category: 'Doors' },
    }),
    '/tickets': async () => ({ as: world.cleo, path: '/tickets', body: issue }),
    '/tickets/customer/:customerId': async () => ({
      as: world.ada,
      path: `/tickets/customer/${world.carl.id}`,
      body: issue,
    }),
    '/tickets/:ticketId/attachments/upload-url': async () => {
      const path = `/tickets/${await createTicket(world.cleo)}/attachments/upload-url`
      return { as: world.cleo, path, body: announcementOf(textFile()) }
    },
    '/tickets/:ticketId/attachments': async () => {
      const id = await createTicket(world.cleo)
      const upload_id = await upload(desk, world.cleo, id, textFile())
      const path = `/tickets/${id}/attachments`
      return { as: world.cleo, path, body: { upload_id }, other: { upload_id: randomUUID() } }
    },
    '/tickets/:ticketId/comments': async () => {
      const comment = { body: 'Still down.', visibility: 'public' }
      return { as: world.cleo, path: `/tickets/${await createTicket(world.cleo)}/comments`, body: comment }
    },
    '/undo': async () => {
      const path = `/tickets/${await createTicket(world.cleo)}/comments`
      const said = await world.cleo.post(path, { body: 'Still down.', undo_seconds: 30 })
      return { as: world.cleo, path: '/undo', body: { token: said.body.undo_token }, other: { token: 'x' } }
    },
    '/tickets/:ticketId/move': async () => ({
      as: world.ada,
      path: `/tickets/${await createTicket(world.cleo)}/move`,
      body: { customer_id: world.carl.id },
      other: { customer_id: world.cleo.id },
    }),
    '/tickets/:ticketId/merge': async () => {
      const [id, into] = await createTickets(world.cleo, 2)
      return { as: world.ada, path: `/tickets/${id}/merge`, body: { into } }
    },
    '/tickets/:ticketId/unmerge': async () => {
      const [id = '', into = ''] = await createTickets(world.cleo, 2)
      await mergeTicket(world.ada, id, into)
      return { as: world.ada, path: `/tickets/${id}/unmerge` }
    },
    '/tickets/:ticketId/restore': async () => {
      const id = await createTicket(world.cleo)
      expectSuccess(await world.ada.delete(`/tickets/${id}`))
      return { as: world.ada, path: `/tickets/${id}/restore` }
    },
    '/emails/:emailId/resend': async () => {
      const ticket = await createTicket(world.cleo)
      await writeMails(desk)
      const { emails } = expectSuccess(await world.ada.get(`/emails?ticket_id=${ticket}`)).body
      return { as: world.ada, path: `/emails/${emails[0].email_id}/resend` }
    },
    '/mail-templates/:template/:language/test': async () => ({
      as: world.ada,
      path: '/mail-templates/ticket_urgent/en/test',
      body: {},
    }),
    '/notifications/read': async () => {
      await createTicket(world.cleo)
      await writeMails(desk)
      const { notifications } = expectSuccess(await world.ada.get('/notifications')).body
      return { as: world.ada, path: '/notifications/read', body: { up_to: notifications[0].notification_id } }
    },
    '/tickets/:ticketId/reopen': async () => ({
      as: world.cleo,
      path: `/tickets/${await createAssignedTicket(world, 'in_progress', 'resolved')}/reopen`,
    }),
    '/tickets/:ticketId/close': async () => ({
      as: world.cleo,
      path: `/tickets/${await createAssignedTicket(world, 'in_progress', 'resolved')}/close`,
    }),
  }
}

/** A digest of every table that a request can change. */
export const effectsOn = async (desk: Desk): Promise<unknown> => {
  const tables = [
    'tickets',
    'accounts',
    'sessions',
    'password_resets',
    'second_factors',
    'recovery_codes',
    'sign_in_challenges',
    'email_confirmations',
    'events',
    'idempotency_keys',
    'technicians',
    'emails',
    'attachment_uploads',
    'notifications',
  ]
  const sums = tables.map(
    (table) => `(select md5(string_agg(t::text, ',' order by t::text)) from ${table} t) as ${table}`,
  )
  return (await desk.app.pool.query(`select ${sums.join(', ')}`)).rows[0]
}

/** What must be the same when an answer comes again. The date of a cookie is counted from the moment of the answer. */
export const essence = ({ status, text, headers }: Reply) => ({
  status,
  // An API token and the secret of a webhook are shown once, and not in a repeated answer.
  text: text.replace(/"token":"cdk_[^"]+"/, '"token":null').replace(/"secret":"whsec_[^"]+"/, '"secret":null'),
  cookies: headers.getSetCookie().map((cookie) => cookie.replace(/Expires=[^;]+/, '')),
  ...Object.fromEntries(['location', 'etag', 'content-type', 'cache-control'].map((name) => [name, headers.get(name)])),
})

export const isReplayed = ({ headers }: Reply): boolean => headers.get('idempotency-replayed') === 'true'
