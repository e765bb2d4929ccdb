import { randomBytes } from 'node:crypto'
import { createAdminOf } from '../../modules/identity/accounts/first-admin.service.ts'
import { exec, sql } from '../../platform/db/sql.ts'
import { createTicket, createTickets, mergeTicket } from '../support/create-tickets.ts'
import { attach, textFile } from '../support/files.ts'
import { type Person, password } from '../support/people.ts'
import { expectSuccess } from '../support/requests.ts'
import { askedRegistration, confirmationToken, forgetPassword } from '../support/sign-in-requests.ts'
import { newServices, newTokens } from '../support/token-requests.ts'
import { unsubscribeToken } from '../support/unsubscribe-token.ts'
import { newDeliveries } from '../support/webhook-requests.ts'
import type { Desk } from '../support/workspace.ts'
import { writeMails } from '../support/write-mails.ts'
import type { Live } from './arbitraries.ts'
import { stockCatalogue } from './fuzz-catalogue.ts'
import { createHome, type Home, harvest, remember } from './fuzz-homes.ts'
import { preparations } from './fuzz-preparations.ts'

export const callerNames = ['nobody', 'customer', 'technician', 'admin', 'admin of another tenant'] as const
export type CallerName = (typeof callerNames)[number]

export interface Cast {
  homeOf(name: CallerName): { canary: string; slug: string }
  /**
   * The person of that name at the moment. A new one takes over when the last was signed out or deactivated, or changed
   * the password.
   */
  person(name: CallerName): Promise<Person | null>
  renew(name: CallerName, spent: Person): void
  /** The value that stands for what a draft of a request to that operation left open. */
  find(name: CallerName, live: Live, operation: string): string
  /** Remembers the ids and tokens in an answer. */
  harvest(name: CallerName, body: unknown): void
  /** Makes what a request to that operation takes and only the person of that name has, such as a session of theirs. */
  prepare(name: CallerName, operation: string): Promise<void>
  /** Creates more of everything that requests use up, and fans out the mails so far. */
  stock(): Promise<void>
  /** How often an admin of the tenant still finds its canary; requests may have overwritten some. */
  countCanaries(name: CallerName): Promise<number>
}

/** Creates two tenants. Each is full of its own canary. */
export const createCast = async (desk: Desk): Promise<Cast> => {
  const ours = await createHome(desk)
  const theirs = await createHome(desk)
  const homeOf = (name: CallerName): Home => (name === 'admin of another tenant' ? theirs : ours)
  // The numbers of the other tenant do not exist here, and its Ada has another password than the password that is tried
  // here.
  await exec(desk.app.pool, sql`update counters set value = 9000000 where tenant_id = ${theirs.world.tenantId}`)
  expectSuccess(
    await theirs.world.ada.post('/auth/password/change', {
      current_password: password,
      password: randomBytes(9).toString('hex'),
    }),
  )

  let made = 0
  const createAnother: Record<Exclude<CallerName, 'nobody'>, () => Promise<Person>> = {
    customer: () => ours.world.customer(`Customer${made}`),
    // Ada may be deactivated by now, so a new admin does it.
    technician: async () => ours.world.technician(`Technician${made}`, 'Network', await createAdmin(ours)),
    admin: () => createAdmin(ours),
    'admin of another tenant': () => createAdmin(theirs),
  }
  const createAdmin = async ({ world: { slug, signIn }, canary }: Home): Promise<Person> => {
    const userId = `admin${made}`
    await createAdminOf(desk.app, slug, {
      userId,
      name: canary,
      email: `${userId}.${canary}@example.com`,
      password: password,
    })
    return signIn(userId, password)
  }
  const people = new Map<CallerName, Promise<Person>>()
  const person = (name: CallerName): Promise<Person> | null => {
    if (name === 'nobody') return null
    made += 1
    const known = people.get(name) ?? createAnother[name]()
    people.set(name, known)
    return known
  }

  /** The person of that name at the moment; a new one when the last was deactivated meanwhile. */
  const livePerson = async (name: 'customer' | 'technician'): Promise<Person> => {
    const known = await person(name)
    if (known && (await known.get('/auth/me')).status === 200) return known
    people.delete(name)
    return livePerson(name)
  }

  /** Creates tickets in all states, a third of them not the owner's, with comments and attachments. */
  const stockTickets = async (admin: Person, canary: string, owner: Person, other: Person, worker: Person) => {
    const tickets: string[] = []
    const comments: string[] = []
    const attachments: string[] = []
    const resolved: string[] = []
    for (let at = 0; at < 12; at += 1) {
      const ticket = {
        customer_id: (at % 3 === 0 ? other : owner).id,
        subject: `Subject ${canary}`,
        issue_category: at < 6 ? canary : 'Network',
        issue_description: `Described ${canary}`,
      }
      const ticket_id = await createTicket(admin, ticket)
      const steps = [{ technician_id: worker.id }, { status: 'in_progress' }, { status: 'resolved' }].slice(0, at % 6)
      for (const step of steps) {
        expectSuccess(await admin.put(`/tickets/${ticket_id}`, { ...step, resolution_summary: `Resolved ${canary}` }))
      }
      tickets.push(ticket_id)
      if (steps.length === 3) resolved.push(ticket_id)
      // A comment of the customer would reopen a resolved ticket.
      for (const person of steps.length === 3 ? [] : [admin, worker, owner]) {
        const comment = { body: `Said ${canary}`, visibility: person === owner ? 'public' : 'internal' }
        const { status, body } = await person.post(`/tickets/${ticket_id}/comments`, comment)
        if (status === 201) comments.push(`${ticket_id}/${body.comment_id}`)
      }
      for (const one of at < 4 ? [worker, owner] : []) {
        const file = await attach(desk, one, ticket_id, textFile(`Named ${canary}.txt`)).catch(() => null)
        if (file) attachments.push(`${ticket_id}/${file.attachment_id}`)
      }
    }
    return { tickets, comments, attachments, resolved }
  }

  /** Creates tickets and merges them into another one. */
  const mergeTickets = async (admin: Person, canary: string, { id: customer_id }: Person): Promise<string[]> => {
    const ticket = { customer_id, issue_category: canary, issue_description: `Merged ${canary}` }
    const into = await createTicket(admin, ticket)
    const merged: string[] = []
    while (merged.length < 4) {
      const ticket_id = await createTicket(admin, ticket)
      await mergeTicket(admin, ticket_id, into)
      expectSuccess(await admin.put(`/tickets/${into}/tags/${canary}-${ticket_id}`))
      merged.push(ticket_id)
    }
    return merged
  }

  const invitePeople = async (admin: Person, canary: string): Promise<string[]> => {
    const invited: string[] = []
    for (let at = 0; at < 3; at += 1) {
      const email = `invited${made}.${at}@example.com`
      const { body } = expectSuccess(
        await admin.post('/people', { role: 'customer', name: `Invited ${canary}`, email }),
      )
      invited.push(body.account_id)
    }
    return invited
  }

  const deleteTickets = async (admin: Person, canary: string, { id: customer_id }: Person): Promise<string[]> => {
    const ticket = { customer_id, issue_category: canary, issue_description: `Deleted ${canary}` }
    const ids = await createTickets(admin, 4, ticket)
    for (const id of ids) expectSuccess(await admin.delete(`/tickets/${id}`))
    return ids
  }

  const stockHome = async (home: Home): Promise<void> => {
    const { world, canary } = home
    made += 1
    const admin = await createAdmin(home)
    const customer = await world.customer(`C${made}.${canary}`)
    const technician = await world.technician(`T${made}.${canary}`, canary, admin)
    const owner = home === ours ? await livePerson('customer') : customer
    const worker = home === ours ? await livePerson('technician') : technician
    const { tickets, comments, attachments, resolved } = await stockTickets(admin, canary, owner, customer, worker)
    await writeMails(desk)
    const spare = await world.customer(`Spare${made}`)
    const sessions = await Promise.all([1, 2, 3, 4].map(() => world.signIn(spare.email, password)))
    const forgetful = await Promise.all([1, 2, 3, 4].map((at) => world.customer(`Forgetful${made}.${at}`)))
    const { emails } = expectSuccess(await admin.get('/emails?limit=10')).body
    const deliveries = await newDeliveries(desk, world, admin, canary)
    const fresh: Record<string, string[]> = {
      ticket_id: tickets,
      comment_of_ticket: comments,
      attachment_of_ticket: attachments,
      resolved_ticket: resolved,
      merged_ticket: await mergeTickets(admin, canary, owner),
      deleted_ticket: await deleteTickets(admin, canary, owner),
      customer_id: [customer.id, owner.id, spare.id],
      invited_account: await invitePeople(admin, canary),
      account_id: [customer.id, technician.id, admin.id],
      technician_id: [technician.id, worker.id],
      email_id: emails.map((mail: { email_id: string }) => mail.email_id),
      service_id: await newServices(admin, canary),
      webhook_id: deliveries.flatMap((delivery) => delivery.split('/')[0] ?? []),
      delivery_of_webhook: deliveries,
      ...(await stockCatalogue(admin, canary, [owner, customer])),
      token_id: await newTokens(admin, canary),
      refresh_token: sessions.map(({ refreshToken }) => refreshToken),
      // Every kind of link is tried at every endpoint that takes one.
      reset_token: await Promise.all(
        forgetful.flatMap((person, at) => [
          forgetPassword(desk, world, person),
          confirmationToken(desk, world, person),
          unsubscribeToken(desk, world, person),
          askedRegistration(desk, world, `new${made}.${at}@example.com`),
        ]),
      ),
    }
    for (const [kind, values] of Object.entries(fresh)) remember(home, kind, values)
    // Anybody may register with an address in any tenant, so no address has the canary.
    const addresses = [spare, owner, worker, ...forgetful].map(({ email }) => email)
    const unmarked = addresses.filter((email) => !email.includes(canary))
    home.known.set('email', unmarked)
    home.known.set('password', [password])
    home.known.set('slug', [world.slug])
    home.known.set('file_name', ['notes.txt', 'notes.TXT', 'error.log'])
    home.known.set('content_type', ['text/plain'])
  }

  return {
    homeOf: (name) => ({ canary: homeOf(name).canary, slug: homeOf(name).world.slug }),
    person: async (name) => person(name),
    renew(name, spent) {
      const current = people.get(name)
      current?.then((known) => known === spent && people.get(name) === current && people.delete(name))
    },
    find(name, { live, at, isForeign }, operation) {
      const own = homeOf(name)
      const { known } = isForeign === (own === ours) ? theirs : ours
      // What a member `token` is takes its address to tell, and only its own actor may undo.
      const undos = live === 'reset_token' ? (own.known.get(`undo_token of ${name}`) ?? []) : []
      const others = known.get(`${live} of ${name}`) ?? known.get(live) ?? []
      const isUndo = operation === 'POST /undo' && undos.length > 0 && at % 4 > 0
      const values = isUndo ? undos : [...undos, ...others]
      return values[at % values.length] ?? 'nothing'
    },
    harvest(name, body) {
      harvest(homeOf(name), body)
      const { undo_token } = Object(body)
      if (typeof undo_token === 'string') remember(homeOf(name), `undo_token of ${name}`, [undo_token])
    },
    async prepare(name, operation) {
      const preparation = preparations[operation]
      if (preparation === undefined) return
      const home = homeOf(name)
      // Another request may sign the person out, or deactivate the person, at any moment. Then a new one tries.
      for (let attempt = 0; attempt < 4; attempt += 1) {
        const maker = await person(name)
        if (maker === null) return
        const found = await preparation.make(desk, home, maker, name === 'customer').catch(() => null)
        if (found !== null) {
          // Nobody, who makes nothing, tries what others made.
          remember(home, preparation.kind, [found])
          return void home.known.set(`${preparation.kind} of ${name}`, [found])
        }
        people.delete(name)
      }
    },
    async stock() {
      await stockHome(theirs)
      await stockHome(ours)
    },
    async countCanaries(name) {
      const home = homeOf(name)
      made += 1
      const admin = await createAdmin(home)
      const queries = [`tickets?q=${home.canary}`, `customers?q=${home.canary}`, `technicians?category=${home.canary}`]
      const replies = await Promise.all(queries.map((query) => admin.get(`/${query}`)))
      return replies.reduce((sum, { text }) => sum + text.split(home.canary).length - 1, 0)
    },
  }
}
