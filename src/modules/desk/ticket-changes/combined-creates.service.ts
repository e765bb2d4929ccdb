import type { App } from '../../../platform/app-context.ts'
import { type Combiner, createCombiner, type Outcome } from '../../../platform/combiner.ts'
import { isConnectionError } from '../../../platform/db/connection-errors.ts'
import { claimReceipts, type Receipt, sealReceipts } from '../../../platform/db/receipts.ts'
import type { Patience } from '../../../platform/db/row-locks.ts'
import { transaction } from '../../../platform/db/transaction.ts'
import { perApp } from '../../../platform/per-app.ts'
import { withHealedCounter } from '../../identity/tenants/tenants.service.ts'
import type { Ticket } from '../tickets/tickets.schemas.ts'
import { ticketCounter } from '../tickets/tickets.steps.ts'
import { insertTickets, lockFreeTicketCounters, type NewTicket } from './create-ticket.queries.ts'

/** A ticket to be created, and the receipt for its Idempotency-Key. */
export interface Create {
  ticket: NewTicket
  receipt: Receipt | null
}

const tenantOf = ({ ticket }: Create): number => ticket.tenant_id
const ticketOf = ({ ticket }: Create): NewTicket => ticket

/** The created ticket; the error of this ticket alone; or null, when the counter of its tenant was left out. */
type Created = Ticket | Error | null

const noCounter = (tenantId: number): never => {
  throw new Error(`tenant ${tenantId} has no ticket counter`)
}

/**
 * Creates tickets in one transaction. The counters are locked before the keys are claimed, because no key may be
 * claimed for a tenant that is left out.
 */
const createWithReceipts = (app: App, creates: Create[], patience: Patience): Promise<Created[]> =>
  transaction(app.pool, async (tx) => {
    const tenantIds = [...new Set(creates.map(tenantOf))]
    const isFree = patience === 'waits' ? null : await lockFreeTicketCounters(tx, tenantIds)
    const free = creates.filter((create) => isFree === null || isFree.has(tenantOf(create)))
    const created = new Map<Create, Created>()

    const keyed = free.flatMap((create) => (create.receipt === null ? [] : { create, receipt: create.receipt }))
    const refusals = await claimReceipts(
      tx,
      keyed.map(({ receipt }) => receipt),
    )
    keyed.forEach(({ create }, index) => {
      const refusal = refusals[index]
      if (refusal) created.set(create, refusal)
    })

    const going = free.filter((create) => !created.has(create))
    if (going.length > 0) {
      const tickets = await insertTickets(tx, going.map(ticketOf), 'waits')
      going.forEach((create, index) => {
        // An error rolls the transaction back. A null would be kept as the answer to the key.
        created.set(create, tickets[index] ?? noCounter(tenantOf(create)))
      })
    }
    const kept = keyed.flatMap(({ create, receipt }) => {
      const result = created.get(create)
      return result instanceof Error ? [] : { receipt, result }
    })
    if (kept.length > 0) await sealReceipts(tx, kept)
    return creates.map((create) => created.get(create) ?? null)
  })

/** Creates tickets in one statement, or in one transaction when one of them has a receipt. */
const createTogether = (app: App, creates: Create[], patience: Patience): Promise<Created[]> =>
  creates.some(({ receipt }) => receipt !== null)
    ? createWithReceipts(app, creates, patience)
    : insertTickets(app.pool, creates.map(ticketOf), patience)

/** Creates the tickets of one tenant. They wait for the tenant's counter. */
const createApart = async (app: App, tenantId: number, creates: Create[]): Promise<Outcome<Ticket>[]> => {
  const run = (): Promise<Created[]> => createTogether(app, creates, 'waits')
  const isAlone = creates.length === 1
  const created = await (isAlone ? withHealedCounter(app, tenantId, ticketCounter, run) : run())
  return created.map((outcome) => outcome ?? noCounter(tenantId))
}

/**
 * Creates the tickets of all tenants that arrive at the same time. When the counter of a tenant is locked, its tickets
 * are left out and created apart. When the statement fails, the tickets of each tenant are created apart. So no tenant
 * waits for another tenant, or fails with another tenant. After a broken connection no ticket is created again, because
 * the first attempt may have been committed.
 */
const createShared = async (app: App, creates: Create[], apart: Lane): Promise<Outcome<Ticket>[]> => {
  const goApart = (create: Create): Promise<Ticket> => apart(tenantOf(create), create)
  try {
    const created = await createTogether(app, creates, 'leaves out')
    return created.map((outcome, index) => outcome ?? goApart(creates[index] as Create))
  } catch (error) {
    if (isConnectionError(error)) throw error
    return creates.map(goApart)
  }
}

type Lane = Combiner<number, Create, Ticket>

const allTenants = 0
const laneOf = perApp((app): Lane => {
  const apart: Lane = createCombiner((tenantId, creates) => createApart(app, tenantId, creates))
  return createCombiner((_, creates) => createShared(app, creates, apart))
})

/**
 * Creates a ticket. Tickets that arrive at the same time share a statement and its commit, because they would wait for
 * the tenant's counter, or for the disk, one after the other.
 * @throws AppError `request_in_progress`, or `AlreadyAnswered`, when the receipt cannot be claimed.
 */
export const createCombined = (app: App, create: Create): Promise<Ticket> => laneOf(app)(allTenants, create)
