import { createHash, randomUUID } from 'node:crypto'
import type { Endpoint } from '../../src/platform/http/endpoint.ts'
import { password } from './drill-tenants.ts'

/**
 * A valid request: what replaces the names in the path, the body, and the token of the sender; an admin's by default.
 */
interface Valid {
  id?: string | string[]
  body?: object
  token?: string
}

/** The answer to a request. */
export interface Reply {
  status: number
  ms: number
  hasRetryAfter: boolean
}

const issue = { subject: 'One of fifty', issue_category: 'Network', issue_description: 'No network in room 12.' }
const remark = { body: 'One of fifty.', visibility: 'public' }
/** The content of a file. It is JSON, so that it can be sent like any body. */
const file = { a: 1 }
const bytes = JSON.stringify(file)
const announced = {
  file_name: 'a.json',
  content_type: 'application/json',
  size: bytes.length,
  sha256: createHash('sha256').update(bytes).digest('hex'),
}
const newService = { name: 'One of fifty', role: 'technician', category: 'Network' }
const newToken = { name: 'One of fifty', scopes: ['ticket:read'] }
/** Nobody listens there: the drill is about the API. It asks for a kind of event that does not happen in it. */
const newProduct = { title: 'Projector', price: 0, currency: 'EUR', kind: 'loan', category: 'Network', units: 1_000 }
const newWebhook = { url: 'http://127.0.0.1:1/one-of-fifty', types: ['event.blanked'] }
const work = { phone_number: '+49 30 1234567', category: 'Network' }

const withIds = (path: string, ids: string[]): string => {
  const rest = [...ids]
  // An id can have a query behind it, when it was taken from an address.
  const encoded = ([name = '', ...query]: string[]): string => [encodeURIComponent(name), ...query].join('?')
  return path.replaceAll(/:\w+/g, () => encoded((rest.shift() ?? '').split('?')))
}

/** Sends requests to one desk of a program. Has a valid request for each endpoint of the product. */
export const openRequests = async (url: string, tenant: string, settled: () => Promise<unknown>) => {
  const send = (method: string, path: string, { body, token }: Valid): Promise<Response> =>
    fetch(`${url}/api${path}`, {
      method,
      headers: {
        'x-tenant': tenant,
        ...(body === undefined ? {} : { 'content-type': 'application/json' }),
        ...(method === 'PATCH' ? { 'if-match': '*' } : {}),
        ...(token === undefined ? {} : { authorization: `Bearer ${token}` }),
      },
      body: body === undefined ? undefined : JSON.stringify(body),
      signal: AbortSignal.timeout(20_000),
    })
  const get = async <T>(method: string, path: string, valid: Valid): Promise<T> => {
    const response = await send(method, path, valid)
    if (!response.ok) throw new Error(`${method} ${path} answers ${response.status}: ${await response.text()}`)
    return (await response.json()) as T
  }
  const signIn = (name: string): Promise<{ token: string; refresh_token: string }> =>
    get('POST', '/auth/login', { body: { user_id_or_email: name, password } })

  const { token: admin } = await signIn('admin')
  const { token: customer } = await signIn('CUS0007')
  const person = (more: object = {}): Valid => {
    const name = `person-${randomUUID()}`
    return { body: { name, email: `${name}@${tenant}.example.com`, ...more } }
  }
  // A customer creates it, because an admin who creates a ticket gets no mail about it.
  const createTicket = async (...moves: string[]): Promise<Valid> => {
    const { ticket_id: id } = await get<{ ticket_id: string }>('POST', '/tickets', { body: issue, token: customer })
    await settled()
    const change = (body: object): Promise<unknown> => get('PUT', `/tickets/${id}`, { body, token: admin })
    if (moves.length > 0) await change({ technician_id: 'TEC0001' })
    for (const status of moves) await change({ status, resolution_summary: 'Plugged it in.' })
    return { id }
  }
  const ticket = await createTicket()
  const comments = `/tickets/${ticket.id}/comments`
  const say = async (): Promise<Valid> => {
    const { comment_id } = await get<{ comment_id: string }>('POST', comments, { body: remark, token: admin })
    return { id: [`${ticket.id}`, comment_id] }
  }
  const [comment, toWithdraw] = [await say(), await say()]
  await get('PUT', `/tickets/${ticket.id}/drafts/reply`, { body: { body: 'One of fifty.' }, token: admin })
  const toUndo = await get<{ undo_token: string }>('POST', comments, {
    body: { ...remark, undo_seconds: 30 },
    token: admin,
  })
  const files = `/tickets/${ticket.id}/attachments`
  /** The folder and the name of a file in its address, with the query behind them. */
  const idsIn = (address: string): string[] => address.split('/').slice(-2)
  const announce = async () => {
    const upload = await get<{ upload_id: string; url: string }>('POST', `${files}/upload-url`, {
      body: announced,
      token: admin,
    })
    return { upload_id: upload.upload_id, ids: idsIn(upload.url) }
  }
  const attach = async (): Promise<Valid> => {
    const { upload_id, ids } = await announce()
    const sent = await send('PUT', `/objects/${ids.join('/')}`, { body: file })
    if (!sent.ok) throw new Error(`the upload of a file answers ${sent.status}: ${await sent.text()}`)
    await get('POST', files, { body: { upload_id }, token: admin })
    return { id: [`${ticket.id}`, upload_id] }
  }
  const [attachment, toDetach, upload] = [await attach(), await attach(), await announce()]
  const attachmentId = [attachment.id].flat()[1] ?? ''
  const { download_url } = await get<{ download_url: string }>('GET', `${files}/${attachmentId}`, { token: admin })
  const [toReopen, toClose] = [
    await createTicket('in_progress', 'resolved'),
    await createTicket('in_progress', 'resolved'),
  ]
  const [toDelete, toRestore] = [await createTicket(), await createTicket()]
  await send('DELETE', `/tickets/${toRestore.id}`, { token: admin })
  const [toMerge, toUnmerge, other] = [await createTicket(), await createTicket(), await createTicket()]
  await get('POST', `/tickets/${toUnmerge.id}/merge`, { body: { into: other.id }, token: admin })
  const { emails } = await get<{ emails: { email_id: string }[] }>('GET', '/emails', { token: admin })
  const spare = { refresh: await signIn('CUS0005'), out: await signIn('CUS0005'), cookie: await signIn('CUS0005') }
  const { token: changing } = await signIn('CUS0006')
  const invite = () =>
    get<{ account_id: string }>('POST', '/people', { body: person({ role: 'customer' }).body, token: admin })
  const [{ account_id: invited }, { account_id: leaver }] = [await invite(), await invite()]
  const ending = await signIn('CUS0004')
  const { token: own } = await signIn('admin')
  const { sessions } = await get<{ sessions: { session_id: string; is_current: boolean }[] }>('GET', '/me/sessions', {
    token: own,
  })
  const ended = sessions.find(({ is_current }) => is_current)

  const makeToken = (): Promise<{ token_id: string }> => get('POST', '/api-tokens', { body: newToken, token: admin })
  const [kept, revoked] = [await makeToken(), await makeToken()]

  const makeService = (): Promise<{ account_id: string }> =>
    get('POST', '/service-accounts', { body: newService, token: admin })
  const [service, gone] = [await makeService(), await makeService()]

  const { product_id } = await get<{ product_id: string }>('POST', '/products', { body: newProduct, token: admin })
  const makeOrder = (): Promise<{ order_id: string }> =>
    get('POST', '/orders', { body: { product_id, customer_id: 'CUS0007' }, token: admin })
  const [order, goneOrder, paid, lent] = [await makeOrder(), await makeOrder(), await makeOrder(), await makeOrder()]
  await get('POST', `/orders/${lent.order_id}/complete`, { token: admin })

  const makeWebhook = (): Promise<{ webhook_id: string }> =>
    get('POST', '/webhooks', { body: newWebhook, token: admin })
  const [webhook, goneWebhook] = [await makeWebhook(), await makeWebhook()]

  const requests: Record<string, () => Valid> = {
    // Not the customer who does the rest: an account has 30 sessions at most.
    'POST /auth/login': () => ({ body: { user_id_or_email: 'CUS0003', password } }),
    'GET /registration': () => ({}),
    'POST /auth/register/confirm': () => ({ body: { token: randomUUID(), password } }),
    'POST /auth/register': () => person({ password }),
    'GET /auth/me': () => ({}),
    'POST /auth/refresh': () => ({ body: { refresh_token: spare.refresh.refresh_token } }),
    'POST /auth/logout': () => ({ token: spare.out.token }),
    'POST /auth/password/forgot': () => ({ body: { email: `customer7@${tenant}.example.com` } }),
    'POST /auth/password/reset': () => ({ body: { token: randomUUID(), password } }),
    'POST /auth/login/second-factor': () => ({ body: { challenge: randomUUID(), code: '000000' } }),
    'GET /me/second-factor': () => ({}),
    'POST /people/:accountId/second-factor/reset': () => ({ id: 'TEC0001', body: { current_password: password } }),
    // The customer has not confirmed the address, so the admin does it.
    'POST /me/second-factor': () => ({ body: { current_password: password } }),
    'POST /me/second-factor/confirm': () => ({ token: customer, body: { code: '000000' } }),
    'POST /me/second-factor/recovery-codes': () => ({ token: customer, body: { second_factor_code: '000000' } }),
    'POST /me/second-factor/disable': () => ({ token: customer, body: { current_password: password } }),
    'POST /auth/link': () => ({ body: { purpose: 'password', token: randomUUID() } }),
    'POST /auth/email/confirm': () => ({ body: { token: randomUUID() } }),
    'POST /auth/password/change': () => ({ token: changing, body: { current_password: password, password } }),
    'GET /me': () => ({}),
    'GET /me/sessions': () => ({}),
    'DELETE /me/sessions/others': () => ({ token: ending.token }),
    'DELETE /me/sessions/:sessionId': () => ({ id: ended?.session_id }),
    'PATCH /me': () => ({ body: { time_zone: 'Europe/Berlin' } }),
    'POST /unsubscribe': () => ({ body: { token: randomUUID() } }),
    'GET /me/notifications': () => ({}),
    'PATCH /me/notifications': () => ({ body: { ways: { ticket_file: 'daily' }, digest_hour: 7 } }),
    'POST /me/email': () => ({
      token: customer,
      body: { email: `${randomUUID()}@${tenant}.example.com`, current_password: password },
    }),
    'POST /users/signup': () => person({ password }),
    'POST /users/signin': () => ({ body: { email: `customer3@${tenant}.example.com`, password } }),
    'POST /users/signout': () => ({ token: spare.cookie.token }),
    'GET /users/currentuser': () => ({}),
    'GET /people': () => ({}),
    'POST /people': () => person({ role: 'technician', ...work }),
    'GET /people/:accountId': () => ({ id: 'CUS0007' }),
    'GET /people/:accountId/sign-in': () => ({ id: 'CUS0007' }),
    'PATCH /people/:accountId': () => ({ id: 'CUS0007', body: { name: `Name ${randomUUID()}` } }),
    'DELETE /people/:accountId': () => ({ id: leaver }),
    'POST /people/:accountId/reactivate': () => ({ id: leaver }),
    'DELETE /people/:accountId/sessions': () => ({ id: leaver }),
    'POST /people/:accountId/invitation': () => ({ id: invited }),
    'GET /directory': () => ({}),
    'GET /service-accounts': () => ({}),
    'POST /service-accounts': () => ({ body: newService }),
    'GET /service-accounts/:serviceId': () => ({ id: service.account_id }),
    'PATCH /service-accounts/:serviceId': () => ({ id: service.account_id, body: { name: `Name ${randomUUID()}` } }),
    'DELETE /service-accounts/:serviceId': () => ({ id: gone.account_id }),
    'POST /service-accounts/:serviceId/api-tokens': () => ({ id: service.account_id, body: newToken }),
    'GET /api-tokens': () => ({}),
    'POST /api-tokens': () => ({ body: newToken }),
    'GET /api-tokens/:tokenId': () => ({ id: kept.token_id }),
    'PATCH /api-tokens/:tokenId': () => ({ id: kept.token_id, body: { name: `Name ${randomUUID()}` } }),
    'DELETE /api-tokens/:tokenId': () => ({ id: revoked.token_id }),
    'GET /products': () => ({}),
    'POST /products': () => ({ body: newProduct }),
    'GET /products/:productId': () => ({ id: product_id }),
    'PUT /products/:productId': () => ({ id: product_id, body: { title: `Title ${randomUUID()}` } }),
    'PATCH /products/:productId': () => ({ id: product_id, body: { title: `Title ${randomUUID()}` } }),
    'GET /orders': () => ({}),
    'POST /orders': () => ({ body: { product_id, customer_id: 'CUS0007' } }),
    'GET /orders/:orderId': () => ({ id: order.order_id }),
    'DELETE /orders/:orderId': () => ({ id: goneOrder.order_id }),
    'POST /orders/:orderId/complete': () => ({ id: paid.order_id }),
    'POST /orders/:orderId/return': () => ({ id: lent.order_id }),
    'GET /webhooks': () => ({}),
    'POST /webhooks': () => ({ body: newWebhook }),
    'GET /webhooks/:webhookId': () => ({ id: webhook.webhook_id }),
    'PUT /webhooks/:webhookId': () => ({ id: webhook.webhook_id, body: { description: `Text ${randomUUID()}` } }),
    'PATCH /webhooks/:webhookId': () => ({ id: webhook.webhook_id, body: { description: `Text ${randomUUID()}` } }),
    'DELETE /webhooks/:webhookId': () => ({ id: goneWebhook.webhook_id }),
    'POST /webhooks/:webhookId/secrets': () => ({ id: webhook.webhook_id }),
    'DELETE /webhooks/:webhookId/secrets/previous': () => ({ id: webhook.webhook_id }),
    'GET /webhooks/:webhookId/deliveries': () => ({ id: webhook.webhook_id }),
    // It has been told of nothing, so there is no delivery.
    'GET /webhooks/:webhookId/deliveries/:deliveryId': () => ({ id: [webhook.webhook_id, 'evt_aaaaaaaaaaaa_1_1'] }),
    'POST /webhooks/:webhookId/deliveries/:deliveryId/resend': () => ({
      id: [webhook.webhook_id, 'evt_aaaaaaaaaaaa_1_1'],
    }),
    'POST /webhooks/:webhookId/resend': () => ({
      id: webhook.webhook_id,
      body: { since: '2026-01-01', dry_run: true },
    }),
    'POST /webhooks/:webhookId/test': () => ({ id: webhook.webhook_id }),
    'GET /customers': () => ({}),
    'POST /customers': () => person(),
    'GET /customers/:customerId': () => ({ id: 'CUS0007' }),
    'PATCH /customers/:customerId': () => ({ id: 'CUS0007', body: { name: `Name ${randomUUID()}` } }),
    'DELETE /customers/:customerId': () => ({ id: 'CUS0008' }),
    'GET /technicians': () => ({}),
    'POST /technicians': () => person(work),
    'GET /technicians/:technicianId': () => ({ id: 'TEC0001' }),
    'PUT /technicians/:technicianId': () => ({ id: 'TEC0001', body: { phone_number: work.phone_number } }),
    'PATCH /technicians/:technicianId': () => ({ id: 'TEC0001', body: { available: true } }),
    'DELETE /technicians/:technicianId': () => ({ id: 'TEC0006' }),
    'GET /categories': () => ({}),
    'GET /attachment-rules': () => ({}),
    'GET /last-comments': () => ({}),
    'POST /tickets': () => ({ body: issue, token: customer }),
    'POST /tickets/customer/:customerId': () => ({ id: 'CUS0007', body: issue, token: customer }),
    'GET /tickets': () => ({}),
    'GET /tickets/counts': () => ({}),
    'GET /tickets/board': () => ({}),
    'GET /tickets/customer/:customerId': () => ({ id: 'CUS0007' }),
    'GET /tickets/technician/:technicianId': () => ({ id: 'TEC0001' }),
    'GET /tickets/:ticketId': () => ticket,
    'PUT /tickets/:ticketId': () => ({ ...ticket, body: { subject: `Subject ${randomUUID()}` } }),
    'PATCH /tickets/:ticketId': () => ({ ...ticket, body: { subject: `Subject ${randomUUID()}` } }),
    'POST /tickets/:ticketId/reopen': () => toReopen,
    'POST /tickets/:ticketId/close': () => toClose,
    'POST /undo': () => ({ body: { token: toUndo.undo_token } }),
    'DELETE /tickets/:ticketId': () => toDelete,
    // To the customer who has it: the drills count the mails that the customers of tickets got at the creation.
    'POST /tickets/:ticketId/move': () => ({ ...ticket, body: { customer_id: 'CUS0007' } }),
    'POST /tickets/:ticketId/restore': () => toRestore,
    'POST /tickets/:ticketId/merge': () => ({ ...toMerge, body: { into: other.id } }),
    'POST /tickets/:ticketId/unmerge': () => toUnmerge,
    'GET /tickets/:ticketId/links': () => ticket,
    'PUT /tickets/:ticketId/links/:kind/:otherTicketId': () => ({ id: [`${ticket.id}`, 'related', `${other.id}`] }),
    'DELETE /tickets/:ticketId/links/:kind/:otherTicketId': () => ({ id: [`${ticket.id}`, 'related', `${other.id}`] }),
    'PUT /tickets/:ticketId/tags/:tag': () => ({ id: [`${ticket.id}`, 'one of fifty'] }),
    'DELETE /tickets/:ticketId/tags/:tag': () => ({ id: [`${ticket.id}`, 'one of fifty'] }),
    'GET /tags': () => ({}),
    'GET /tickets/:ticketId/watchers': () => ticket,
    'PUT /tickets/:ticketId/watchers/:accountId': () => ({ id: [`${ticket.id}`, 'TEC0001'] }),
    'DELETE /tickets/:ticketId/watchers/:accountId': () => ({ id: [`${ticket.id}`, 'TEC0001'] }),
    'GET /tickets/:ticketId/presence': () => ticket,
    'PUT /tickets/:ticketId/presence': () => ({ ...ticket, body: { state: 'viewing' } }),
    'DELETE /tickets/:ticketId/presence': () => ticket,
    'POST /tickets/:ticketId/comments': () => ({ ...ticket, body: remark, token: customer }),
    'GET /tickets/:ticketId/comments': () => ticket,
    'PUT /tickets/:ticketId/comments/:commentId': () => ({ ...comment, body: { body: `Text ${randomUUID()}` } }),
    'DELETE /tickets/:ticketId/comments/:commentId': () => toWithdraw,
    'GET /drafts': () => ({}),
    'GET /tickets/:ticketId/drafts/:draftKind': () => ({ id: [`${ticket.id}`, 'reply'] }),
    'PUT /tickets/:ticketId/drafts/:draftKind': () => ({
      id: [`${ticket.id}`, 'note'],
      body: { body: `Text ${randomUUID()}` },
    }),
    'DELETE /tickets/:ticketId/drafts/:draftKind': () => ({ id: [`${ticket.id}`, 'note'] }),
    'POST /tickets/:ticketId/attachments/upload-url': () => ({ ...ticket, body: announced }),
    'POST /tickets/:ticketId/attachments': () => ({ ...ticket, body: { upload_id: attachmentId } }),
    'GET /tickets/:ticketId/attachments': () => ticket,
    'GET /tickets/:ticketId/attachments/:attachmentId': () => attachment,
    'DELETE /tickets/:ticketId/attachments/:attachmentId': () => toDetach,
    'PUT /objects/:folder/:object': () => ({ id: upload.ids, body: file }),
    'GET /objects/:folder/:object': () => ({ id: idsIn(download_url) }),
    'GET /emails': () => ({}),
    'GET /emails/:emailId': () => ({ id: emails[0]?.email_id ?? '' }),
    'POST /emails/:emailId/resend': () => ({ id: emails[0]?.email_id ?? '' }),
    'GET /tickets/:ticketId/emails': () => ticket,
    'GET /tickets/:ticketId/history': () => ticket,
    'GET /tickets/:ticketId/recipients': () => ticket,
    'GET /notifications': () => ({}),
    'POST /notifications/read': () => ({ body: { up_to: '0123456789abcdef0123456789abcdef' } }),
    // Without PLATFORM_TOKEN there is nothing at these addresses.
    'GET /tenants': () => ({}),
    'GET /tenants/log': () => ({}),
    'POST /tenants': () => ({ body: {} }),
    'GET /tenants/:slug': () => ({ id: 'nothing' }),
    'PATCH /tenants/:slug': () => ({ id: 'nothing', body: {} }),
    'POST /tenants/:slug/suspend': () => ({ id: 'nothing' }),
    'POST /tenants/:slug/resume': () => ({ id: 'nothing' }),
    'DELETE /tenants/:slug': () => ({ id: 'nothing' }),
    'POST /tenants/:slug/restore': () => ({ id: 'nothing' }),
    'GET /settings': () => ({}),
    'GET /tenant': () => ({}),
    'GET /tenant/logo': () => ({}),
    'PUT /settings/logo': () => ({ body: { a: 1 } }),
    'DELETE /settings/logo': () => ({}),
    'PATCH /settings': () => ({ body: { second_factor_required: false } }),
    'GET /mail-templates': () => ({}),
    'GET /mail-templates/:template/:language': () => ({ id: ['ticket_urgent', 'de'] }),
    'PUT /mail-templates/:template/:language': () => ({
      id: ['ticket_urgent', 'de'],
      body: { subject: '[{{ticket_id}}] News', text: '{{greeting}}' },
    }),
    'DELETE /mail-templates/:template/:language': () => ({ id: ['ticket_urgent', 'de'] }),
    'POST /mail-templates/:template/:language/preview': () => ({
      id: ['ticket_urgent', 'de'],
      body: {},
    }),
    'POST /mail-templates/:template/:language/test': () => ({ id: ['ticket_urgent', 'de'], body: {} }),
    'GET /events': () => ({}),
    'GET /events/stream': () => ({}),
    'POST /events/passes': () => ({}),
    'GET /audit': () => ({}),
    'GET /audit/verify': () => ({}),
    'GET /health': () => ({}),
    'GET /ready': () => ({}),
    'GET /openapi.json': () => ({}),
  }

  return {
    /** Sends the request of an endpoint. @throws Error when it has none above, or when no answer comes within 20 s. */
    async ask({ method, path, can }: Endpoint): Promise<Reply> {
      const name = `${method.toUpperCase()} ${path}`
      const valid = requests[name]
      if (valid === undefined) throw new Error(`add a valid request for ${name} to drill-requests.ts`)
      const { id = '', body, token = can === 'anyone' ? undefined : admin } = valid()
      const begin = performance.now()
      const response = await send(method.toUpperCase(), withIds(path, [id].flat()), { body, token })
      // A stream of events would go on.
      if (response.headers.get('content-type')?.startsWith('text/event-stream')) await response.body?.cancel()
      else await response.arrayBuffer()
      const hasRetryAfter = response.headers.has('retry-after')
      return { status: response.status, ms: performance.now() - begin, hasRetryAfter }
    },
  }
}
