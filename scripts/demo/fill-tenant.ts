import { randomBytes } from 'node:crypto'
import type { Pool } from 'pg'
import { attachFile } from '../../src/modules/desk/attachments/uploads.service.ts'
import { createComment } from '../../src/modules/desk/comments/comments.service.ts'
import { handleTicket } from '../../src/modules/desk/handling/handling.service.ts'
import { deactivateTechnician } from '../../src/modules/desk/people/people.service.ts'
import { closeTicket, reopenTicket } from '../../src/modules/desk/ticket-changes/change-ticket.service.ts'
import { closeTicketsInTime } from '../../src/modules/desk/ticket-changes/close-tickets.service.ts'
import { createTicket } from '../../src/modules/desk/ticket-changes/create-ticket.service.ts'
import type { Act, User } from '../../src/modules/identity/accounts/actor.ts'
import { type Credentials, createAdminOf } from '../../src/modules/identity/accounts/first-admin.service.ts'
import { hashNewPassword } from '../../src/modules/identity/accounts/passwords.service.ts'
import { createService } from '../../src/modules/identity/api-tokens/service-accounts.service.ts'
import { createCustomer, signInNewCustomer } from '../../src/modules/identity/customers/customers.service.ts'
import { createTechnician, updateTechnician } from '../../src/modules/identity/technicians/technicians.service.ts'
import { createTenant, getTenantId, hasTenant } from '../../src/modules/identity/tenants/tenants.service.ts'
import type { App } from '../../src/platform/app-context.ts'
import { createPool } from '../../src/platform/db/pool.ts'
import { transaction } from '../../src/platform/db/transaction.ts'
import { backdateMails, backdateResolved, type Happened, moveToThePast, silence } from './backdate.queries.ts'
import type { TimedDeed } from './deeds.ts'
import {
  admin,
  type DemoAdmin,
  type DemoCustomer,
  type DemoTechnician,
  monitoring,
  technicians,
} from './demo-people.ts'
import { fillCatalogue } from './fill-catalogue.ts'
import { catchUp, withoutFanOut } from './follow-events.ts'
import { hashingOnce } from './hash-once.ts'
import { giveLooks } from './own-looks.ts'
import { openingOf, planHistory } from './plan-history.ts'
import { beginDrafts, relate } from './relations.ts'
import { lookAt, readAll, ticketInHand, workOn } from './right-now.ts'

/** Is told how many deeds are done, and how many there are. */
export type Progress = (done: number, total: number) => void

interface Desk {
  app: App
  /** Works as the owner of the tables, who may still change events that have no position yet. */
  owner: Pool
  slug: string
  tenantId: number
  password: string
  now: number
  happened: Happened
  /** Everybody by address. */
  people: Map<string, User>
  /** The ids of the tickets, in the order of creation. */
  tickets: string[]
  /** True when there is a mail server: then nobody is mailed about the demo. */
  isSilent: boolean
}

const get = <T>(found: T | undefined, what: string): T => {
  if (found === undefined) throw new Error(`the plan speaks of ${what}, which is not there`)
  return found
}

/** An act of a person of the demo, with a request id that stands for its planned time. */
const actOf = (desk: Desk, email: string, at: number): Act<User> => {
  const actor = get(desk.people.get(email), email)
  return { actor, requestId: requestAt(desk, at), receipt: null }
}

const requestAt = ({ happened }: Desk, at: number): string => {
  const id = `${happened.prefix}${happened.requests.length + 1}`
  happened.requests.push({ id, at })
  return id
}

const remember = (desk: Desk, { name, email }: Pick<DemoAdmin, 'name' | 'email'>, accountId: string, role: Role) => {
  const person = { tenantId: desk.tenantId, tenant: desk.slug, accountId, name, email, sessionId: '', token: null }
  const { category = '' } = technicians.find((technician) => technician.email === email) ?? {}
  desk.people.set(email, role === 'technician' ? { ...person, role, category } : { ...person, role })
}
type Role = User['role']

const employ = async (desk: Desk, technician: DemoTechnician, at: number): Promise<void> => {
  const { name, email, phone: phone_number, category, userId: user_id } = technician
  const { app, password } = desk
  const act = actOf(desk, admin.email, at)
  const created = await createTechnician(app, act, { name, email, phone_number, category, user_id, password })
  remember(desk, technician, created.technician_id, 'technician')
}

const join = async (desk: Desk, customer: DemoCustomer, at: number): Promise<void> => {
  const { app, tenantId, password } = desk
  const { name, email } = customer
  if (customer.isInvited) {
    const created = await createCustomer(app, actOf(desk, admin.email, at), { name, email })
    return remember(desk, customer, created.customer_id, 'customer')
  }
  const origin = { requestId: requestAt(desk, at), receipt: null }
  const passwordHash = await hashNewPassword(app, password, [])
  const person = { name, email, passwordHash, isConfirmed: true }
  const registered = await signInNewCustomer(app, tenantId, origin, 'bearer', async () => person)
  remember(desk, customer, registered.customer.customer_id, 'customer')
}

/** Moves the resolution of a ticket back, so that the job closes the ticket. */
const expire = async (desk: Desk, ticketId: string, resolvedAt: number, at: number): Promise<void> => {
  await backdateResolved(desk.app.pool, desk.tenantId, ticketId, resolvedAt)
  await closeTicketsInTime(desk.app)
  desk.happened.closings.push({ ticketId, at })
}

/** Writes a comment. Its file is attached first, because the comment names it. */
const say = async (app: App, act: Act<User>, ticketId: string, deed: TimedDeed & { kind: 'say' }): Promise<void> => {
  const { body, visibility, file } = deed
  const attachments = file && [
    await attachFile(app, act, ticketId, {
      file_name: file.name,
      content_type: file.contentType,
      bytes: Buffer.from(file.text),
    }),
  ]
  const attachment_ids = attachments?.map(({ attachment_id }) => attachment_id)
  await createComment(app, act, ticketId, { body, visibility, attachment_ids })
}

const perform = async (desk: Desk, deed: TimedDeed): Promise<void> => {
  const { app } = desk
  const idOf = (place: number): string => get(desk.tickets[place], `ticket ${place}`)
  if (deed.kind === 'employ') return employ(desk, deed.technician, deed.at)
  if (deed.kind === 'join') return join(desk, deed.customer, deed.at)
  if (deed.kind === 'expire') return expire(desk, idOf(deed.ticket), deed.resolvedAt, deed.at)

  const act = actOf(desk, deed.by, deed.at)
  switch (deed.kind) {
    case 'create': {
      const { subject, description, priority } = deed.text
      const issue = { subject, issue_category: deed.category, issue_description: description, priority }
      const input = deed.by === deed.customer ? issue : { ...issue, source: 'phone' as const }
      const customerId = get(desk.people.get(deed.customer), deed.customer).accountId
      desk.tickets[deed.ticket] = (await createTicket(app, act, input, customerId)).ticket_id
      return
    }
    case 'change': {
      const technician = deed.technician && get(desk.people.get(deed.technician), deed.technician).accountId
      const change = technician ? { ...deed.change, technician_id: technician } : deed.change
      await handleTicket(app, act, idOf(deed.ticket), { change, ifMatch: null, reason: deed.reason })
      return
    }
    case 'say': {
      await say(app, act, idOf(deed.ticket), deed)
      return
    }
    case 'reopen':
      await reopenTicket(app, act, idOf(deed.ticket))
      return
    case 'close':
      await closeTicket(app, act, idOf(deed.ticket))
      return
    case 'tag':
    case 'watch':
    case 'link':
    case 'merge':
    case 'delete':
    case 'restore':
      await relate(app, act, deed, idOf, (email) => get(desk.people.get(email), email).accountId)
      return
    case 'dismiss': {
      const { accountId } = get(desk.people.get(deed.technician), deed.technician)
      return deactivateTechnician(app, act, accountId)
    }
    case 'leave':
      await updateTechnician(app, act, act.actor.accountId, { available: false })
  }
}

const liveThrough = async (desk: Desk, deeds: TimedDeed[], progress: Progress): Promise<void> => {
  for (const [done, deed] of deeds.entries()) {
    await perform(desk, deed)
    // At once and not at the end: if this program is killed, the fan-out goes on and must find quiet events.
    if (desk.isSilent) await silence(desk.owner, desk.happened, desk.tickets)
    progress(done + 1, deeds.length)
  }
}

/** The id of the tenant, which is made when it is missing, without anybody in it. */
const tenantOf = async (app: App, slug: string): Promise<number> => {
  if (!(await hasTenant(app, slug))) {
    await transaction(app.pool, (tx) => createTenant(tx, slug, slug === 'default' ? 'Counterdesk' : slug))
    app.tenants.clear()
  }
  return getTenantId(app, slug)
}

const createFirst = (app: App, slug: string): Promise<Credentials> => {
  const { userId, name, email } = admin
  return createAdminOf(app, slug, { userId, name, email, password: undefined })
}

/** Lets people work at the time of today. With a mail server nobody is mailed about that either. */
const liveNow = async (desk: Desk, url: string, deeds: TimedDeed[]): Promise<void> => {
  const { app, owner, tenantId, happened, people, tickets } = desk
  await readAll(app, people.values())
  const inHand = ticketInHand(deeds)
  if (inHand === null) return
  const ticketId = get(tickets[inHand.ticket], `ticket ${inHand.ticket}`)
  const act = (email: string): Act<User> => actOf(desk, email, Date.now())
  await withoutFanOut(url, tenantId, async () => {
    await workOn(app, ticketId, inHand, act)
    if (desk.isSilent) await silence(owner, happened, tickets)
  })
  await catchUp(app, tenantId)
  await lookAt(app, ticketId, act(inHand.colleague))
}

/**
 * Fills a tenant with the demo through the services of the product, and then moves all of it into the past. Nobody is
 * mailed meanwhile. With a mail server in the settings nobody is mailed at all; without one the mails are kept, with
 * the times of their events.
 */
export const fillTenant = async (
  bareApp: App,
  url: string,
  { slug, tickets: count }: { slug: string; tickets: number },
  progress: Progress,
): Promise<{ password: string; tickets: number }> => {
  const app = hashingOnce(bareApp)
  const tenantId = await tenantOf(app, slug)
  const now = Date.now()
  const prefix = `demo-${randomBytes(4).toString('hex')}-`
  const happened = { tenantId, prefix, requests: [], closings: [], admin: { id: admin.userId, at: openingOf(now) } }
  const isSilent = app.config.SMTP_URL !== undefined
  const pool = { url, size: 1, applicationName: 'counterdesk demo', asOwner: true, isPatient: true }
  const owner = createPool(pool, app.log)
  const deeds = planHistory(now, app.config.AUTO_CLOSE_DAYS, count)
  const people = new Map<string, User>()

  try {
    // Nobody is made before: the fan-out would give the event its position at once, and then its time stays.
    const desk = await withoutFanOut(url, tenantId, async () => {
      const { password } = await createFirst(app, slug)
      const filled: Desk = { app, owner, slug, tenantId, password, now, happened, people, tickets: [], isSilent }
      remember(filled, admin, admin.userId, 'admin')
      await giveLooks(app, actOf(filled, admin.email, happened.admin.at))
      // A program of the desk. It has no token, because nobody would know the token.
      await createService(app, actOf(filled, admin.email, happened.admin.at), monitoring)
      await liveThrough(filled, deeds, progress)
      await beginDrafts(app, get(people.get(admin.email), admin.email), filled.tickets.at(-16) ?? 'TKT0001')
      await moveToThePast(owner, happened)
      return filled
    })
    await catchUp(app, tenantId)
    const today = (person: User | undefined): Act<User> => ({
      actor: get(person, 'somebody'),
      requestId: null,
      receipt: null,
    })
    const first = [...people.values()].find(({ accountId }) => accountId === 'CUS0001')
    await fillCatalogue(app, today(people.get(admin.email)), today(first))
    await liveNow(desk, url, deeds)
    await backdateMails(owner, happened)
    return { password: desk.password, tickets: desk.tickets.length }
  } finally {
    await owner.end()
  }
}
