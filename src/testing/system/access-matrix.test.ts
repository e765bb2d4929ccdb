import { afterAll, beforeAll, expect, test } from 'vitest'
import { mailConsumer } from '../../modules/channels/outgoing-mail/outgoing-mail.service.ts'
import { createAdminOf } from '../../modules/identity/accounts/first-admin.service.ts'
import { insertPasswordReset } from '../../modules/identity/accounts/password-resets.queries.ts'
import { writeResetToken } from '../../modules/identity/accounts/reset-tokens.ts'
import { getTenantId } from '../../modules/identity/tenants/tenants.service.ts'
import { endpoints } from '../../modules.ts'
import { exec, sql } from '../../platform/db/sql.ts'
import { transaction } from '../../platform/db/transaction.ts'
import { fanOutOnce } from '../../platform/events/fan-out.ts'
import { announcementOf, attach, reachable, textFile, upload } from '../support/files.ts'
import { createWorld, type Person, password, type World } from '../support/people.ts'
import { createApi, type Reply } from '../support/requests.ts'
import { type Desk, startDesk } from '../support/workspace.ts'

/** Who asks. The rows asked about are Cora's, her ticket's, and those of Tilda, who has the ticket. */
const principals = [
  'nobody',
  'admin',
  'its technician',
  'of its category',
  'other technician',
  'its customer',
  'other customer',
  'deactivated',
  'other tenant',
] as const
type Principal = (typeof principals)[number]

let desk: Desk
let world: World
let other: World
let cast: Record<Exclude<Principal, 'nobody'>, Person>
/** Another admin, who prepares what is asked for. */
let clerk: Person
let mailId: string

beforeAll(async () => {
  desk = await startDesk({ withWorker: false })
  world = await createWorld(desk)
  other = await createWorld(desk)
  // Cora, Tilda and her ticket have numbers that are nobody's and nothing's in the other tenant.
  await exec(desk.app.pool, sql`update counters set value = 500 where tenant_id = ${await tenantIdOf(world)}`)
  const admin = { userId: 'clerk', name: 'Clerk', email: `clerk@${world.slug}.example.com`, password }
  await createAdminOf(desk.app, world.slug, admin)
  clerk = await world.signIn('clerk', password)
  const cora = await world.customer('Cora')
  const tilda = await world.technician('Tilda', 'Network')
  const tina = await world.technician('Tina', 'network')
  const dora = await world.customer('Dora')
  expect((await world.ada.delete(`/customers/${dora.id}`)).status).toBe(204)
  cast = {
    admin: world.ada,
    'its technician': tilda,
    'of its category': tina,
    'other technician': world.tom,
    'its customer': cora,
    'other customer': world.carl,
    deactivated: dora,
    'other tenant': other.ada,
  }
  await raise('its technician')
  await fanOutOnce(desk.app.pool, [mailConsumer(desk.app)], 500)
  const { body } = await clerk.get('/emails')
  mailId = body.emails[0].email_id
})
afterAll(() => desk?.stop())

const tenantIdOf = ({ slug }: World): Promise<number> => getTenantId(desk.app, slug)

const expectStatus = (reply: Reply, status: number): Reply => {
  expect(reply.status, reply.text).toBe(status)
  return reply
}

/** A ticket of Cora's: Tilda has it, but when it is asked for by somebody of its category nobody does yet. */
const raise = async (who: Principal, ...moves: string[]): Promise<{ id: string; version: number }> => {
  const input = { customer_id: cast['its customer'].id, issue_category: 'Network', issue_description: 'No network' }
  const { ticket_id } = expectStatus(await clerk.post('/tickets', input), 201).body
  const path = `/tickets/${ticket_id}`
  if (who === 'of its category') return { id: ticket_id, version: 1 }
  let reply = await clerk.put(path, { technician_id: cast['its technician'].id })
  for (const status of moves) reply = await clerk.put(path, { status, resolution_summary: 'Plugged it in.' })
  return { id: ticket_id, version: expectStatus(reply, 200).body.version }
}

let made = 0
/** The token in a link of a mail, for an account of its own. */
const resetToken = async (): Promise<string> => {
  made += 1
  const { id } = await world.customer(`Reset${made}`)
  const tenantId = await tenantIdOf(world)
  const resetId = await transaction(desk.app.pool, (tx) => insertPasswordReset(tx, tenantId, id, 30))
  return writeResetToken(desk.app, tenantId, resetId)
}

const newPerson = (more: object = {}): object => {
  made += 1
  return { name: `Person ${made}`, email: `person${made}@${world.slug}.example.com`, ...more }
}

/** A valid request: what stands for the name in the path, the body, and more headers. */
interface Valid {
  /** For a path with several names: each, in their order. */
  id?: string | string[]
  body?: unknown
  headers?: Record<string, string>
}
type Asking = (who: Principal, person: Person | null) => Valid | Promise<Valid>

const about =
  (who: Exclude<Principal, 'nobody'>, body?: unknown): Asking =>
  () => ({ id: cast[who].id, body })
const ticketIn =
  (...moves: string[]): Asking =>
  async (who) => ({ id: (await raise(who, ...moves)).id })
const updateTicket: Asking = async (who) => {
  const { id, version } = await raise(who)
  const body = who === 'of its category' ? { technician_id: cast[who].id } : { priority: 'high' }
  return { id, body, headers: { 'If-Match': `"${version}"` } }
}
const remark = { body: 'It is still down.', visibility: 'public' }
/** A comment of one's own if one may write any, else of somebody else's. */
const commentOn = async (who: Principal, person: Person | null): Promise<string[]> => {
  const { id } = await raise(who)
  const own = await person?.post(`/tickets/${id}/comments`, remark)
  const { body } = own?.status === 201 ? own : await clerk.post(`/tickets/${id}/comments`, remark)
  return [id, body.comment_id]
}
const linkOf: Asking = async (who) => ({ id: [(await raise(who)).id, 'related', (await raise(who)).id] })
const tagOf: Asking = async (who) => ({ id: [(await raise(who)).id, 'vpn'] })
const watcherOf: Asking = async (who) => ({ id: [(await raise(who)).id, cast['its technician'].id] })
/** A file that one may attach has been uploaded, if one may attach any. */
const uploadTo = async (who: Principal, person: Person | null): Promise<Valid> => {
  const { id } = await raise(who)
  const mine = person && (await upload(desk, person, id, textFile()).catch(() => null))
  return { id, body: { upload_id: mine ?? crypto.randomUUID() } }
}
/** An attachment of one's own if one may have any, else of somebody else's. */
const attachmentOn = async (who: Principal, person: Person | null): Promise<Valid> => {
  const { id } = await raise(who)
  const mine = person && (await attach(desk, person, id).catch(() => null))
  const { attachment_id } = mine ?? (await attach(desk, clerk, id, textFile(), 'public'))
  return { id: [id, attachment_id] }
}
/** The address of a file, the same for whoever has it. The file is JSON, so that it can be sent like any body. */
const file = { name: 'a.json', type: 'application/json', bytes: Buffer.from('{"a":1}') }
const idsIn = (address: string): string[] => reachable(desk, address).split('/').slice(-2)
const once = <T>(make: () => Promise<T>): (() => Promise<T>) => {
  let made: Promise<T> | undefined
  return () => {
    made ??= make()
    return made
  }
}
const addressToUpload = once(async (): Promise<Valid> => {
  const { id } = await raise('admin')
  const { body } = await clerk.post(`/tickets/${id}/attachments/upload-url`, announcementOf(file))
  return { id: idsIn(body.url), body: { a: 1 } }
})
const addressOfFile = once(async (): Promise<Valid> => {
  const { id } = await raise('admin')
  const { attachment_id } = await attach(desk, clerk, id, file)
  return { id: idsIn((await clerk.get(`/tickets/${id}/attachments/${attachment_id}`)).body.download_url) }
})
/** Somebody who was made for it, when it is the admin, who may. */
const spare =
  (path: string, key: string, otherwise: Exclude<Principal, 'nobody'>): Asking =>
  async (who) => {
    if (who !== 'admin') return { id: cast[otherwise].id }
    const { body } = await clerk.post(path, newPerson(path === '/technicians' ? work : {}))
    return { id: body[key] }
  }
const issue = { issue_category: 'Network', issue_description: 'No network' }
const work = { phone_number: '+49 30 123', category: 'Network' }

/** How to ask each endpoint for what it is there for. An endpoint that is not here fails the test. */
const requests: Record<string, Asking> = {
  'POST /auth/login': () => ({ body: { user_id_or_email: cast['its customer'].email, password } }),
  'POST /auth/register': () => ({ body: newPerson({ password }) }),
  'GET /auth/me': () => ({}),
  'POST /auth/refresh': async (_, person) => ({
    body: { refresh_token: (person ?? (await world.signIn(world.cleo.email, password))).refreshToken },
  }),
  'POST /auth/logout': () => ({}),
  'POST /auth/password/forgot': () => ({ body: { email: cast['its customer'].email } }),
  'POST /auth/password/reset': async () => ({ body: { token: await resetToken(), password } }),
  'POST /auth/password/change': () => ({ body: { current_password: password, password } }),
  'POST /users/signup': () => ({ body: newPerson({ password }) }),
  'POST /users/signin': () => ({ body: { email: cast['its customer'].email, password } }),
  'POST /users/signout': () => ({}),
  'GET /users/currentuser': () => ({}),

  'GET /customers': () => ({}),
  'POST /customers': () => ({ body: newPerson() }),
  'GET /customers/:customerId': about('its customer'),
  'PATCH /customers/:customerId': about('its customer', { name: 'Cora Corrected' }),
  'DELETE /customers/:customerId': spare('/customers', 'customer_id', 'its customer'),

  'GET /technicians': () => ({}),
  'POST /technicians': () => ({ body: newPerson(work) }),
  'GET /technicians/:technicianId': about('its technician'),
  'PUT /technicians/:technicianId': about('its technician', { phone_number: '+49 30 456' }),
  'PATCH /technicians/:technicianId': about('its technician', { available: true }),
  'DELETE /technicians/:technicianId': spare('/technicians', 'technician_id', 'its technician'),

  'POST /tickets': (who) => ({
    body: who === 'admin' || who === 'other tenant' ? { ...issue, customer_id: cast['its customer'].id } : issue,
  }),
  'POST /tickets/customer/:customerId': about('its customer', issue),
  'GET /tickets': () => ({}),
  'GET /tickets/customer/:customerId': about('its customer'),
  'GET /tickets/technician/:technicianId': about('its technician'),
  'GET /tickets/:ticketId': ticketIn(),
  'GET /tickets/:ticketId/history': ticketIn(),
  'PUT /tickets/:ticketId': updateTicket,
  'PATCH /tickets/:ticketId': updateTicket,
  'POST /tickets/:ticketId/reopen': ticketIn('in_progress', 'resolved'),
  'POST /tickets/:ticketId/close': ticketIn('in_progress', 'resolved'),
  'DELETE /tickets/:ticketId': ticketIn(),

  'POST /tickets/:ticketId/merge': async (who) => ({
    id: (await raise(who)).id,
    body: { into: (await raise(who)).id },
  }),
  'POST /tickets/:ticketId/unmerge': async (who) => {
    const [{ id }, { id: into }] = [await raise(who), await raise(who)]
    expectStatus(await clerk.post(`/tickets/${id}/merge`, { into }), 200)
    return { id }
  },
  'GET /tickets/:ticketId/links': ticketIn(),
  'PUT /tickets/:ticketId/links/:kind/:otherTicketId': linkOf,
  'DELETE /tickets/:ticketId/links/:kind/:otherTicketId': linkOf,
  'PUT /tickets/:ticketId/tags/:tag': tagOf,
  'DELETE /tickets/:ticketId/tags/:tag': tagOf,
  'GET /tags': () => ({}),
  'GET /tickets/:ticketId/watchers': ticketIn(),
  'PUT /tickets/:ticketId/watchers/:accountId': watcherOf,
  'DELETE /tickets/:ticketId/watchers/:accountId': watcherOf,

  'POST /tickets/:ticketId/comments': async (who) => ({ id: (await raise(who)).id, body: remark }),
  'GET /tickets/:ticketId/comments': ticketIn(),
  'PUT /tickets/:ticketId/comments/:commentId': async (who, person) => ({
    id: await commentOn(who, person),
    body: { body: 'It has been down since nine.' },
  }),
  'DELETE /tickets/:ticketId/comments/:commentId': async (who, person) => ({ id: await commentOn(who, person) }),

  'POST /tickets/:ticketId/attachments/upload-url': async (who) => ({
    id: (await raise(who)).id,
    body: announcementOf(textFile()),
  }),
  'POST /tickets/:ticketId/attachments': uploadTo,
  'GET /tickets/:ticketId/attachments': ticketIn(),
  'GET /tickets/:ticketId/attachments/:attachmentId': attachmentOn,
  'DELETE /tickets/:ticketId/attachments/:attachmentId': attachmentOn,
  'PUT /objects/:folder/:object': addressToUpload,
  'GET /objects/:folder/:object': addressOfFile,

  'GET /emails': () => ({}),
  'GET /emails/:emailId': () => ({ id: mailId }),

  'GET /audit': () => ({}),
  'GET /audit/verify': () => ({}),

  'GET /health': () => ({}),
  'GET /ready': () => ({}),
  'GET /openapi.json': () => ({}),
}

/** What each path parameter may be without anything being there. */
const nowhere: Record<string, string> = {
  customerId: 'CUS9998',
  technicianId: 'TEC9998',
  ticketId: 'TKT9998',
  emailId: '00000000-0000-4000-8000-000000000000',
}

/** All of an answer but what no two answers share. */
const essence = ({ status, body, text, headers }: Reply) => ({
  status,
  body: { ...body, request_id: null },
  length: text.length,
  headers: [...headers].filter(([name]) => !['date', 'x-request-id'].includes(name)),
})

/** Their sessions. Requests about sessions may end some, so each of those gets new ones. */
const sessions = new Map<Principal, Person>()

/** The deactivated can only try the session they had. */
const personFor = async (who: Principal, path: string): Promise<Person | null> => {
  if (who === 'nobody') return null
  if (who === 'deactivated') return cast[who]
  if (/^\/(?:auth|users)\//.test(path)) sessions.clear()
  const home = who === 'other tenant' ? other : world
  const person = sessions.get(who) ?? (await home.signIn(cast[who].email, password))
  sessions.set(who, person)
  return person
}

const withIds = (path: string, ids: string[]): string => {
  const rest = [...ids]
  return path.replaceAll(/:\w+/g, () => rest.shift() ?? 'unnamed')
}

/** One cell of the table: the status. A 404 must be the very answer to something that is not there. */
const ask = async (method: string, path: string, who: Principal): Promise<number> => {
  const valid = requests[`${method} ${path}`]
  if (valid === undefined) throw new Error(`say above how to ask ${method} ${path}`)
  const person = await personFor(who, path)
  const { id = '', body, headers } = await valid(who, person)
  // Everybody names our tenant; it counts for nobody who is signed in.
  const client = createApi(desk.url, { 'X-Tenant': world.slug, ...person?.headers })
  const send = (ids: string[]): Promise<Reply> => client.send(method, withIds(path, ids), body, { headers })
  const ids = [id].flat()
  const reply = await send(ids)
  if (reply.status === 404) {
    const [, parameter = ''] = /:(\w+)/.exec(path) ?? []
    const nothing = await send([nowhere[parameter] ?? 'nowhere', ...ids.slice(1)])
    expect(essence(reply), `${method} ${path} by ${who}`).toEqual(essence(nothing))
  }
  return reply.status
}

const width = Math.max(...Object.keys(requests).map((name) => name.length)) + 2
const columns = principals.map((who) => Math.max(who.length, 3) + 2)
const row = (name: string, cells: readonly (string | number)[]): string =>
  (name.padEnd(width) + cells.map((cell, at) => String(cell).padEnd(columns[at] ?? 0)).join('')).trimEnd()

test('every endpoint answers everybody as the table says', async () => {
  const lines = [row('', principals)]
  for (const { method, path } of endpoints) {
    const cells = await Promise.all(principals.map((who) => ask(method.toUpperCase(), path, who)))
    lines.push(row(`${method.toUpperCase()} ${path}`, cells))
  }
  // Who may do what changes here and in the table beside this file, on purpose (`vitest run -u`), or not at all.
  await expect(`${lines.join('\n')}\n`).toMatchFileSnapshot('./access-matrix.txt')
})

test('nobody is asked for in vain: every request above belongs to an endpoint', () => {
  const names = endpoints.map(({ method, path }) => `${method.toUpperCase()} ${path}`)
  expect(Object.keys(requests).sort()).toEqual(names.sort())
})
