import { randomBytes } from 'node:crypto'
import type { Pool } from 'pg'
import { createWebhook, updateWebhook } from '../../src/modules/channels/webhooks/webhooks.service.ts'
import { createComment } from '../../src/modules/desk/comments/comments.service.ts'
import { handleTicket } from '../../src/modules/desk/handling/handling.service.ts'
import { createTicket } from '../../src/modules/desk/ticket-changes/create-ticket.service.ts'
import type { Act, User } from '../../src/modules/identity/accounts/actor.ts'
import { createAdminOf } from '../../src/modules/identity/accounts/first-admin.service.ts'
import { createCustomer } from '../../src/modules/identity/customers/customers.service.ts'
import { createTechnician } from '../../src/modules/identity/technicians/technicians.service.ts'
import { changeSettings } from '../../src/modules/identity/tenants/tenant-settings.service.ts'
import { createTenant, getTenantId } from '../../src/modules/identity/tenants/tenants.service.ts'
import type { App } from '../../src/platform/app-context.ts'
import { createPool } from '../../src/platform/db/pool.ts'
import { transaction } from '../../src/platform/db/transaction.ts'
import { type Happened, silence } from './backdate.queries.ts'
import { catchUp, withoutFanOut } from './follow-events.ts'
import { secondAdmin, secondCustomers, secondName, secondTechnician, secondTickets } from './second-desk.texts.ts'

// The second organisation of a demo: small, German, with a name and a colour of its own.

/** The slug of the second organisation beside a demo. Null where the first one leaves no room for it. */
export const secondSlug = (slug: string): string | null => (slug.length <= 56 ? `${slug}-linden` : null)

/** The addresses of its people. */
export const secondEmails = [secondAdmin, secondTechnician, ...secondCustomers].map(({ email }) => email)

const personOf = (tenantId: number, tenant: string, accountId: string, { name, email }: typeof secondAdmin) => {
  return { tenantId, tenant, accountId, name, email, sessionId: '', token: null }
}

/** What the people of the second organisation are needed for. */
interface Cast {
  app: App
  admin: Act<User>
  technician: Act<User>
  /** The ids of the customers. */
  customers: string[]
}

const employ = async (app: App, tenantId: number, slug: string, prefix: string, password: string): Promise<Cast> => {
  const act = (actor: User): Act<User> => ({ actor, requestId: `${prefix}1`, receipt: null })
  const { userId, name, email } = secondAdmin
  await createAdminOf(app, slug, { userId, name, email, password })
  const admin = act({ ...personOf(tenantId, slug, userId, secondAdmin), role: 'admin' })
  const looks = { name: secondName, languages: ['de' as const, 'en' as const], accent_colour: '#7a3e9d' }
  await changeSettings(app, admin, { ...looks, mail_signature: secondName }, null, async () => [])
  const { userId: user_id, phone: phone_number, category, ...technician } = secondTechnician
  const employed = await createTechnician(app, admin, { ...technician, user_id, phone_number, category, password })
  const customers: string[] = []
  for (const customer of secondCustomers) {
    customers.push((await createCustomer(app, admin, { name: customer.name, email: customer.email })).customer_id)
  }
  const person = personOf(tenantId, slug, employed.technician_id, secondTechnician)
  return { app, admin, technician: act({ ...person, role: 'technician', category }), customers }
}

/** Raises the tickets, which the technician takes, answers and resolves, as far as their texts go. */
const raise = async ({ app, admin, technician, customers }: Cast): Promise<number> => {
  for (const [at, { subject, description, answer, summary }] of secondTickets.entries()) {
    const issue = { subject, issue_category: secondTechnician.category, issue_description: description }
    const asked = { ...issue, source: 'phone' as const }
    const { ticket_id: id } = await createTicket(app, admin, asked, customers[at % customers.length])
    const handle = (change: Parameters<typeof handleTicket>[3]['change']) =>
      handleTicket(app, technician, id, { change, ifMatch: null, reason: undefined })
    if (answer === undefined) continue
    await handle({ technician_id: technician.actor.accountId })
    await handle({ status: 'in_progress' })
    await createComment(app, technician, id, { body: answer, visibility: 'public' })
    if (summary !== undefined) await handle({ status: 'resolved', resolution_summary: summary })
  }
  return secondTickets.length
}

/** A webhook that is switched off before anything could be sent. Its host belongs to nobody (RFC 2606). */
const addWebhook = async ({ app, admin }: Cast): Promise<void> => {
  const hook = { url: 'https://hooks.linden.example.com/eingang', description: 'Archiv der Kanzlei' }
  const { webhook_id: id } = await createWebhook(app, admin, { ...hook, types: ['ticket.created', 'ticket.resolved'] })
  await updateWebhook(app, admin, id, { change: { state: 'disabled' }, ifMatch: null, echoed: {} })
}

const quiet = async (owner: Pool, happened: Happened, isSilent: boolean, work: Promise<unknown>): Promise<void> => {
  await work
  if (isSilent) await silence(owner, happened, [])
}

/**
 * Makes the second organisation, whose people have the password of the first. No event is handed on before all is
 * there, so its webhook sends nothing; with a mail server nobody is mailed. Answers with how many tickets it has.
 */
export const fillSecondDesk = async (app: App, url: string, slug: string, password: string): Promise<number> => {
  await transaction(app.pool, (tx) => createTenant(tx, slug, secondName))
  app.tenants.clear()
  const tenantId = await getTenantId(app, slug)
  const prefix = `demo-${randomBytes(4).toString('hex')}-`
  const happened = { tenantId, prefix, requests: [], closings: [], admin: { id: secondAdmin.userId, at: 0 } }
  const isSilent = app.config.SMTP_URL !== undefined
  const pool = { url, size: 1, applicationName: 'counterdesk demo', asOwner: true, isPatient: true }
  const owner = createPool(pool, app.log)
  try {
    const count = await withoutFanOut(url, tenantId, async () => {
      const cast = await employ(app, tenantId, slug, prefix, password)
      await quiet(owner, happened, isSilent, addWebhook(cast))
      const raised = raise(cast)
      await quiet(owner, happened, isSilent, raised)
      return raised
    })
    await catchUp(app, tenantId)
    return count
  } finally {
    await owner.end()
  }
}
