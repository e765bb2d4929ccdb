import type { App } from '../../../platform/app-context.ts'
import { type Combiner, createCombiner, type Outcome } from '../../../platform/combiner.ts'
import { isConnectionError } from '../../../platform/db/connection-errors.ts'
import { claimReceipts, type Receipt, sealReceipts } from '../../../platform/db/receipts.ts'
import { transaction } from '../../../platform/db/transaction.ts'
import type { Patience } from '../../identity/tenants/counters.steps.ts'
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

/** The ticket, the error that this one alone fails with, or null: its tenant's counter was left out. */
type Created = Ticket | Error | null

const noCounter = (tenantId: number): never => {
  throw new Error(`tenant ${tenantId} has no ticket counter`)
}

/** In one transaction. No key is claimed for a tenant that is passed by, so then the counters come first. */
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
        // Not null, which would be kept as the answer for good: rather nothing of this transaction.
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

/** One statement, or one transaction when there is a receipt among them. */
const createTogether = (app: App, creates: Create[], patience: Patience): Promise<Created[]> =>
  creates.some(({ receipt }) => receipt !== null)
    ? createWithReceipts(app, creates, patience)
    : insertTickets(app.pool, creates.map(ticketOf), patience)

/** Those of one tenant. They wait for their counter, and only they do. */
const createApart = async (app: App, tenantId: number, creates: Create[]): Promise<Outcome<Ticket>[]> => {
  const run = (): Promise<Created[]> => createTogether(app, creates, 'waits')
  const isAlone = creates.length === 1
  const created = await (isAlone ? withHealedCounter(app, tenantId, ticketCounter, run) : run())
  return created.map((outcome) => outcome ?? noCounter(tenantId))
}

/**
 * Those of all tenants that come at the same time. A tenant whose counter somebody holds is passed by, and all go apart
 * when one of them makes the statement fail: so nobody waits for, or falls with, another tenant. A connection that broke
 * is no reason to try again, since nobody knows whether they were created.
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

const everybody = 0
const lanes = new WeakMap<App, Lane>()

const laneOf = (app: App): Lane => {
  const known = lanes.get(app)
  if (known) return known
  const apart: Lane = createCombiner((tenantId, creates) => createApart(app, tenantId, creates))
  const shared: Lane = createCombiner((_, creates) => createShared(app, creates, apart))
  lanes.set(app, shared)
  return shared
}

/**
 * Writes a ticket. Those that come at the same time share a statement and its commit: of one tenant they would only queue
 * for its counter otherwise, of many for the disk.
 * @throws AppError `request_in_progress`, or `AlreadyAnswered`, by its receipt.
 */
export const createCombined = (app: App, create: Create): Promise<Ticket> => laneOf(app)(everybody, create)
