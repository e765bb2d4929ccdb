import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { z } from 'zod'
import { resetTokens } from '../../modules/identity/accounts/mailed-links.ts'
import { readAccessToken, signAccessToken } from '../../modules/identity/sign-in/access-tokens.ts'
import { endpoints } from '../../modules.ts'
import { exec, sql } from '../../platform/db/sql.ts'
import type { Endpoint } from '../../platform/http/endpoint.ts'
import { createProduct, orderProduct } from '../support/catalogue.ts'
import { assignTicket, comment, createTicket, issue } from '../support/create-tickets.ts'
import { announcementOf, attach, textFile, upload } from '../support/files.ts'
import { createWorld, type Person, password, type World } from '../support/people.ts'
import { createApi, expectSuccess, type Reply, verdict } from '../support/requests.ts'
import { forgetPassword, logIn, refresh, resetPassword } from '../support/sign-in-requests.ts'
import { makeDelivery, newWebhook } from '../support/webhook-requests.ts'
import { type Desk, startDesk } from '../support/workspace.ts'

let desk: Desk
let ours: World
let theirs: World
/** Ids that exist only in the other tenant, by the name of the parameter or member that takes them. */
let foreign: Record<string, string>

beforeAll(async () => {
  desk = await startDesk()
  ours = await createWorld(desk)
  theirs = await createWorld(desk)
  for (const world of [ours, theirs]) {
    await world.nobody.post('/auth/register', { name: 'Same', email: 'same@example.com', password: `${world.slug}-pw` })
    expect(await createTicket(world.cleo, { subject: `Of ${world.slug}` })).toBe('TKT0001')
    await assignTicket(world.ada, 'TKT0001', world.tess)
    expect(await createTicket(world.cleo)).toBe('TKT0002')
  }
  await exec(desk.app.pool, sql`update counters set value = 700 where tenant_id = ${theirs.tenantId}`)
  const customer = await theirs.customer('Xenia')
  const technician = await theirs.technician('Xaver', 'Network')
  const ticketId = await createTicket(customer)
  await assignTicket(theirs.ada, ticketId, technician)
  await desk.settled()
  const { body } = await theirs.ada.get(`/emails?ticket_id=${ticketId}`)
  const said = await comment(theirs.ada, ticketId, 'A comment')
  own.attachmentId = (await attach(desk, ours.ada, 'TKT0001')).attachment_id
  const { attachment_id } = await attach(desk, theirs.ada, ticketId)
  own.commentId = (await comment(ours.ada, 'TKT0001', 'A comment')).body.comment_id
  const newToken = { name: 'Report', scopes: ['ticket:read'] }
  const tokenOfTheirs = await theirs.ada.post('/api-tokens', newToken)
  const newService = { name: 'Monitoring', role: 'admin' }
  own.serviceId = (await ours.ada.post('/service-accounts', newService)).body.account_id
  await theirs.ada.post('/service-accounts', newService)
  own.webhookId = (await ours.ada.post('/webhooks', newWebhook)).body.webhook_id
  await theirs.ada.post('/webhooks', newWebhook)
  const foreignWebhook = (await theirs.ada.post('/webhooks', newWebhook)).body.webhook_id
  await desk.settled()
  own.deliveryId = await makeDelivery(desk, ours, ours.ada, own.webhookId ?? '')
  const foreignService = (await theirs.ada.post('/service-accounts', newService)).body.account_id
  own.tokenId = (await ours.ada.post('/api-tokens', newToken)).body.token_id
  // No ticket is raised, of which the webhooks would be told again and again.
  const silent = { kind: 'one_off' }
  for (const { ada, cleo } of [ours, theirs]) await orderProduct(cleo, await createProduct(ada, silent))
  own.productId = await createProduct(ours.ada, { ...silent, units: 500 })
  own.orderId = await orderProduct(ours.cleo, own.productId)
  const foreignProduct = await createProduct(theirs.ada, silent)
  foreign = {
    productId: foreignProduct,
    product_id: foreignProduct,
    orderId: await orderProduct(theirs.cleo, foreignProduct),
    customerId: customer.id,
    customer_id: customer.id,
    technicianId: technician.id,
    technician_id: technician.id,
    ticketId,
    ticket_id: ticketId,
    otherTicketId: ticketId,
    into: ticketId,
    accountId: technician.id,
    follow_up_of: ticketId,
    commentId: said.body.comment_id,
    attachmentId: attachment_id,
    attachment_ids: attachment_id,
    upload_id: await upload(desk, theirs.ada, ticketId, textFile()),
    emailId: body.emails[0].email_id,
    email_id: body.emails[0].email_id,
    sessionId: expectSuccess(await theirs.ada.get('/me/sessions')).body.sessions[0].session_id,
    serviceId: foreignService,
    webhookId: foreignWebhook,
    deliveryId: await makeDelivery(desk, theirs, theirs.ada, foreignWebhook),
    tokenId: tokenOfTheirs.body.token_id,
    account_id: technician.id,
    notification_ids: (await theirs.ada.get('/notifications')).body.notifications[0].notification_id,
  }
})
afterAll(() => desk?.stop())

/** A checksum of all rows of a tenant, by table, after the fan-out and the mails have settled. */
const checksums = async (tenantId: number): Promise<Record<string, string>> => {
  await desk.settled()
  const { pool } = desk.app
  const { rows } = await pool.query(
    `select c.table_name as name from information_schema.columns c
     where c.table_schema = 'public' and c.column_name = 'tenant_id'`,
  )
  expect(rows.length).toBeGreaterThan(10)
  const sums: Record<string, string> = {}
  for (const { name } of rows) {
    const { rows: sum } = await pool.query(
      `select count(*) || ' rows ' || md5(coalesce(string_agg(t::text, e'\\n' order by t::text), '')) as sum
       from ${name} t where t.tenant_id = $1`,
      [tenantId],
    )
    sums[name] = sum[0].sum
  }
  return sums
}

test('both tenants have the same numbers, user ids and addresses, and everybody sees their own', async () => {
  for (const world of [ours, theirs]) {
    const { ada, tess, cleo, carl, slug, signIn } = world
    expect([ada.id, tess.id, cleo.id, carl.id]).toEqual(['ada', 'TEC0001', 'CUS0001', 'CUS0002'])
    for (const person of [ada, tess, cleo]) {
      expect((await person.get('/tickets/TKT0001')).body.subject).toBe(`Of ${slug}`)
      expect((await person.get('/customers/CUS0001')).body.email).toBe(cleo.email)
    }
    expect((await tess.get('/technicians/TEC0001')).body.email).toBe(tess.email)
    const same = await signIn('same@example.com', `${slug}-pw`)
    expect((await same.get('/auth/me')).body.user).toMatchObject({ id: 'CUS0003', tenant: slug })
    const listed = (await ada.get('/customers?q=same@example.com')).body.customers
    expect(listed.map(({ customer_id }: { customer_id: string }) => customer_id)).toEqual(['CUS0003'])
  }
})

/** Members and parameters that name a row. A new one fails the test below until it is here and in `foreign`. */
const looksLikeName = /(?:_id|Id|_ids|_of|token|email|^into)$/
/** These members name a row, too. The tests of sign-in and tokens below try them. */
const triedElsewhere = ['token', 'refresh_token', 'email', 'user_id_or_email', 'user_id']

const membersOf = (schema: z.ZodType | undefined): string[] =>
  schema instanceof z.ZodObject ? Object.keys(schema.shape) : []
const namesIn = (schema: z.ZodType | undefined): string[] =>
  membersOf(schema).filter((name) => looksLikeName.test(name) && !triedElsewhere.includes(name))

const bodies: Record<string, object> = {
  'post /service-accounts': { name: 'Monitoring', role: 'admin' },
  'patch /service-accounts/:serviceId': { name: 'Changed' },
  'post /service-accounts/:serviceId/api-tokens': { name: 'Report', scopes: ['ticket:read'] },
  'put /products/:productId': { price: 5 },
  'patch /products/:productId': { price: 5 },
  'post /orders': { product_id: 'PRD0001', customer_id: 'CUS0001' },
  'post /webhooks': newWebhook,
  'put /webhooks/:webhookId': { is_ordered: false },
  'patch /webhooks/:webhookId': { is_ordered: false },
  'post /webhooks/:webhookId/resend': { since: '2026-01-01' },
  'post /api-tokens': { name: 'Report', scopes: ['ticket:read'] },
  'patch /api-tokens/:tokenId': { name: 'Changed' },
  'patch /customers/:customerId': { name: 'Changed' },
  'patch /people/:accountId': { name: 'Changed' },
  'put /technicians/:technicianId': { available: false },
  'patch /technicians/:technicianId': { available: false },
  'post /people/:accountId/second-factor/reset': { current_password: password },
  'post /tickets': { ...issue, customer_id: 'CUS0001' },
  'post /tickets/customer/:customerId': issue,
  'put /tickets/:ticketId': { priority: 'urgent' },
  'patch /tickets/:ticketId': { priority: 'urgent' },
  'post /tickets/:ticketId/comments': { body: 'Changed', visibility: 'public' },
  'put /tickets/:ticketId/comments/:commentId': { body: 'Changed' },
  'put /tickets/:ticketId/presence': { state: 'viewing' },
  'put /tickets/:ticketId/drafts/:draftKind': { body: 'Changed' },
  'post /tickets/:ticketId/merge': { into: 'TKT0002' },
  'post /tickets/:ticketId/move': { customer_id: 'CUS0001' },
  'post /tickets/:ticketId/attachments/upload-url': announcementOf(textFile()),
  'post /tickets/:ticketId/attachments': { upload_id: crypto.randomUUID() },
}
/** What exists in our tenant. */
const own: Record<string, string> = {
  customerId: 'CUS0001',
  technicianId: 'TEC0001',
  ticketId: 'TKT0001',
  otherTicketId: 'TKT0002',
  accountId: 'TEC0001',
  kind: 'related',
  draftKind: 'reply',
  tag: 'vpn',
  template: 'ticket_closed',
  language: 'en',
}

interface Attempt {
  method: string
  path: string
  body: object | undefined
}

const asMember = (name: string) => (name.endsWith('_ids') ? [foreign[name]] : foreign[name])

/** Every way to name a row of the other tenant to an endpoint. */
const attemptsAt = ({ method, path, params, query, body }: Endpoint): Attempt[] => {
  const valid = bodies[`${method} ${path}`]
  const at = (ids: Record<string, string>): string => path.replace(/:(\w+)/g, (_, name) => ids[name] ?? `no ${name}`)
  return [
    ...namesIn(params).map((name) => ({ method, path: at({ ...own, [name]: foreign[name] ?? '' }), body: valid })),
    ...namesIn(query).map((name) => ({ method, path: `${at(own)}?${name}=${foreign[name]}`, body: valid })),
    ...namesIn(body).map((name) => ({ method, path: at(own), body: { ...valid, [name]: asMember(name) } })),
  ]
}

const isEmpty = ({ body }: Reply): boolean => {
  const { page, ...lists } = body
  if (body.end_of_feed !== undefined) return body.events.length === 0
  if (body.marked !== undefined) return body.marked === 0
  const { counts } = body
  if (counts !== undefined)
    return Object.values<{ count: number }[]>(counts)
      .flat()
      .every(({ count }) => count === 0)
  const isLast = page === undefined || page.next_cursor === null
  return isLast && Object.values(lists).every((list) => Array.isArray(list) && list.length === 0)
}

test('a caller who names a row of the other tenant, in path, query or body, finds nothing and changes nothing', async () => {
  const names = endpoints.flatMap(({ params, query, body }) => [params, query, body].flatMap(namesIn))
  expect([...new Set(names)].sort()).toEqual(Object.keys(foreign).sort())
  const before = { ours: await checksums(ours.tenantId), theirs: await checksums(theirs.tenantId) }
  let found = 0
  for (const endpoint of endpoints) {
    for (const { method, path, body } of attemptsAt(endpoint)) {
      const statuses: number[] = []
      for (const person of [ours.ada, ours.tess, ours.cleo]) {
        const reply = await person.send(method.toUpperCase(), path, body, { headers: { 'If-Match': '*' } })
        statuses.push(reply.status)
        if (reply.status === 200) expect(isEmpty(reply), `${method} ${path} ${reply.text}`).toBe(true)
        // A customer who names a member of the staff is answered 400, as by an unknown member.
        else expect([400, 403, 404, 422], `${method} ${path} ${reply.text}`).toContain(reply.status)
      }
      // The row is the reason for the refusal, not the role or the form: at least one of the three may do such a thing.
      expect(
        statuses.some((status) => status !== 403 && status !== 400),
        `${method} ${path}`,
      ).toBe(true)
      found += 1
    }
  }
  expect(found).toBeGreaterThan(20)
  expect({ ours: await checksums(ours.tenantId), theirs: await checksums(theirs.tenantId) }).toEqual(before)
})

describe('a token belongs to one tenant', () => {
  test('X-Tenant means nothing for a signed-in caller', async () => {
    const before = await checksums(theirs.tenantId)
    const astray = (person: Person) => createApi(desk.url, { ...person.headers, 'X-Tenant': theirs.slug })
    for (const person of [ours.ada, ours.tess, ours.cleo]) {
      expect((await astray(person).get('/tickets/TKT0001')).body.subject).toBe(`Of ${ours.slug}`)
      expect((await astray(person).get('/auth/me')).body.user.tenant).toBe(ours.slug)
    }
    const created = await astray(ours.carl).post('/tickets', issue)
    expect(created.status).toBe(201)
    expect((await ours.carl.get(`/tickets/${created.body.ticket_id}`)).status).toBe(200)
    expect((await astray(ours.ada).delete(`/tickets/${created.body.ticket_id}`)).status).toBe(204)
    expect(await checksums(theirs.tenantId)).toEqual(before)
  })

  test('a password or a sign-in name of one tenant opens nothing in the other', async () => {
    const tries: [World, string, string][] = [
      [ours, 'same@example.com', `${theirs.slug}-pw`],
      [theirs, 'same@example.com', `${ours.slug}-pw`],
      [ours, theirs.cleo.email, password],
      [ours, foreign.technicianId ?? '', password],
    ]
    for (const [{ nobody }, name, secret] of tries) {
      const login = await logIn(nobody, name, secret)
      expect(verdict(login)).toEqual([401, 'invalid_credentials'])
      const cookie = await nobody.post('/users/signin', { email: name, password: secret })
      expect(verdict(cookie)).toEqual([401, 'invalid_credentials'])
    }
    const before = await checksums(theirs.tenantId)
    expect((await ours.nobody.post('/auth/password/forgot', { email: theirs.carl.email })).status).toBe(202)
    expect(await checksums(theirs.tenantId)).toEqual(before)
    // Their address and sign-in name are free here.
    const email = theirs.carl.email
    expect((await ours.ada.post('/customers', { name: 'Carl', email })).status).toBe(201)
    const technician = { name: 'X', email: theirs.tess.email, phone_number: '+49 30 1', category: 'X', user_id: 'tess' }
    expect((await ours.ada.post('/technicians', technician)).status).toBe(201)
    expect((await theirs.ada.post('/technicians', { ...technician, email: 'x@example.com' })).status).toBe(201)
  })

  test('an access token that names the other tenant is refused there', async () => {
    const claims = readAccessToken(desk.app, ours.ada.token)
    const { id, role, version, session } = claims
    expect(claims.tenant).toBe(ours.slug)
    const forged = signAccessToken(desk.app, { id, role, version, session, tenant: theirs.slug })
    const reply = await createApi(desk.url, { Authorization: `Bearer ${forged}` }).get('/tickets/TKT0001')
    expect(verdict(reply)).toEqual([401, 'invalid_token'])
  })

  test('a refresh token stays in its tenant', async () => {
    const { refreshToken } = await ours.signIn('ada', password)
    const before = await checksums(theirs.tenantId)
    const moved = refreshToken.replace(/^\d+/, String(theirs.tenantId))
    const refused = await refresh(theirs, moved)
    expect(verdict(refused)).toEqual([401, 'invalid_refresh_token'])
    const refreshed = await refresh(theirs, refreshToken)
    expect(refreshed.body.user).toMatchObject({ id: 'ada', tenant: ours.slug })
    expect(await checksums(theirs.tenantId)).toEqual(before)
  })

  test('a link that sets a password stays in its tenant', async () => {
    const linda = await ours.customer('Linda')
    const token = await forgetPassword(desk, ours, linda)
    const resetId = token.split('.')[1] ?? ''
    const before = await checksums(theirs.tenantId)
    const set = (given: string) => resetPassword(theirs, given, 'another-9-pw')
    // A token that is changed by hand, and even a token with a valid seal, finds no such link in the other tenant.
    for (const moved of [
      token.replace(/^\d+/, String(theirs.tenantId)),
      resetTokens.write(desk.app, theirs.tenantId, resetId),
    ]) {
      const refused = await set(moved)
      expect(verdict(refused)).toEqual([422, 'invalid_reset_token'])
    }
    expect((await set(token)).status).toBe(204)
    expect((await ours.signIn(linda.email, 'another-9-pw')).id).toBe(linda.id)
    expect(await checksums(theirs.tenantId)).toEqual(before)
  })

  test('an Idempotency-Key of one is unknown in the other, though account, key and body are the same', async () => {
    const sending = { headers: { 'Idempotency-Key': 'once-only' } }
    const first = await ours.cleo.post('/tickets', issue, sending)
    const second = await theirs.cleo.post('/tickets', issue, sending)
    expect([first.status, second.status]).toEqual([201, 201])
    expect(second.headers.get('idempotency-replayed')).toBeNull()
    const again = await ours.cleo.post('/tickets', issue, sending)
    expect([again.body, again.headers.get('idempotency-replayed')]).toEqual([first.body, 'true'])
  })
})
