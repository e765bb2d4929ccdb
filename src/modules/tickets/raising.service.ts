import type { App } from '../../platform/app-context.ts'
import { type Combiner, createCombiner, type Outcome } from '../../platform/combiner.ts'
import { isConnectionError } from '../../platform/db/connection-errors.ts'
import { claimReceipts, type Receipt, sealReceipts } from '../../platform/db/receipts.ts'
import { transaction } from '../../platform/db/transaction.ts'
import { withHealedCounter } from '../tenants/tenants.service.ts'
import { insertTickets, lockFreeTicketCounters, type NewTicket, type Patience } from './raising.queries.ts'
import type { Ticket } from './tickets.schemas.ts'

/** A ticket to be raised, and the receipt for its Idempotency-Key. */
export interface Raising {
  ticket: NewTicket
  receipt: Receipt | null
}

const tenantOf = ({ ticket }: Raising): number => ticket.tenant_id
const ticketOf = ({ ticket }: Raising): NewTicket => ticket

/** The ticket, why this one alone cannot be raised, or null: its tenant's counter was passed by. */
type Raised = Ticket | Error | null

const noCounter = (tenantId: number): never => {
  throw new Error(`tenant ${tenantId} has no ticket counter`)
}

/** In one transaction. No key is claimed for a tenant that is passed by, so then the counters come first. */
const raiseWithReceipts = (app: App, raisings: Raising[], patience: Patience): Promise<Raised[]> =>
  transaction(app.pool, async (tx) => {
    const tenantIds = [...new Set(raisings.map(tenantOf))]
    const isFree = patience === 'waits' ? null : await lockFreeTicketCounters(tx, tenantIds)
    const free = raisings.filter((raising) => isFree === null || isFree.has(tenantOf(raising)))
    const raised = new Map<Raising, Raised>()

    const keyed = free.flatMap((raising) => (raising.receipt === null ? [] : { raising, receipt: raising.receipt }))
    const refusals = await claimReceipts(
      tx,
      keyed.map(({ receipt }) => receipt),
    )
    keyed.forEach(({ raising }, index) => {
      const refusal = refusals[index]
      if (refusal) raised.set(raising, refusal)
    })

    const going = free.filter((raising) => !raised.has(raising))
    if (going.length > 0) {
      const tickets = await insertTickets(tx, going.map(ticketOf), 'waits')
      going.forEach((raising, index) => {
        // Not null, which would be kept as the answer for good: rather nothing of this transaction.
        raised.set(raising, tickets[index] ?? noCounter(tenantOf(raising)))
      })
    }
    const kept = keyed.flatMap(({ raising, receipt }) => {
      const result = raised.get(raising)
      return result instanceof Error ? [] : { receipt, result }
    })
    if (kept.length > 0) await sealReceipts(tx, kept)
    return raisings.map((raising) => raised.get(raising) ?? null)
  })

/** One statement, or one transaction when there is a receipt among them. */
const raiseTogether = (app: App, raisings: Raising[], patience: Patience): Promise<Raised[]> =>
  raisings.some(({ receipt }) => receipt !== null)
    ? raiseWithReceipts(app, raisings, patience)
    : insertTickets(app.pool, raisings.map(ticketOf), patience)

/** Those of one tenant. They wait for their counter, and only they do. */
const raiseApart = async (app: App, tenantId: number, raisings: Raising[]): Promise<Outcome<Ticket>[]> => {
  const raise = (): Promise<Raised[]> => raiseTogether(app, raisings, 'waits')
  const isAlone = raisings.length === 1
  const raised = await (isAlone ? withHealedCounter(app, tenantId, 'ticket', raise) : raise())
  return raised.map((outcome) => outcome ?? noCounter(tenantId))
}

/**
 * Those of all tenants that come at the same time. A tenant whose counter somebody holds is passed by, and all go apart
 * when one of them makes the statement fail: so nobody waits for, or falls with, another tenant. A connection that broke
 * is no reason to try again, since nobody knows whether they were raised.
 */
const raiseShared = async (app: App, raisings: Raising[], apart: Lane): Promise<Outcome<Ticket>[]> => {
  const goApart = (raising: Raising): Promise<Ticket> => apart(tenantOf(raising), raising)
  try {
    const raised = await raiseTogether(app, raisings, 'passes by')
    return raised.map((outcome, index) => outcome ?? goApart(raisings[index] as Raising))
  } catch (error) {
    if (isConnectionError(error)) throw error
    return raisings.map(goApart)
  }
}

type Lane = Combiner<number, Raising, Ticket>

const everybody = 0
const lanes = new WeakMap<App, Lane>()

const laneOf = (app: App): Lane => {
  const known = lanes.get(app)
  if (known) return known
  const apart: Lane = createCombiner((tenantId, raisings) => raiseApart(app, tenantId, raisings))
  const shared: Lane = createCombiner((_, raisings) => raiseShared(app, raisings, apart))
  lanes.set(app, shared)
  return shared
}

/**
 * Writes a ticket. Those that come at the same time share a statement and its commit: of one tenant they would only queue
 * for its counter otherwise, of many for the disk.
 * @throws AppError `request_in_progress`, or `AlreadyAnswered`, by its receipt.
 */
export const raise = (app: App, raising: Raising): Promise<Ticket> => laneOf(app)(everybody, raising)
