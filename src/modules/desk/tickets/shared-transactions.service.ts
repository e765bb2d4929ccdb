import type { App } from '../../../platform/app-context.ts'
import { createCombiner } from '../../../platform/combiner.ts'
import { inTurnOfTenant } from '../../../platform/db/connection-turns.ts'
import type { Tx } from '../../../platform/db/sql.ts'
import { transaction } from '../../../platform/db/transaction.ts'
import { lastly } from '../../../platform/db/transaction-ends.ts'
import { AppError } from '../../../platform/errors.ts'
import { perApp } from '../../../platform/per-app.ts'
import type { Act, User } from '../../identity/accounts/actor.ts'
import { sightOf } from './tickets.policy.ts'
import { lockTickets } from './tickets.queries.ts'
import type { Ticket } from './tickets.schemas.ts'

/** A request that writes on one ticket. */
export interface TicketRequest {
  act: Act<User>
  ticketId: string
}

/** How requests that share a transaction are written. */
interface Sharing<Request extends TicketRequest, Write, Output> {
  /** What a request writes on its locked ticket; null when that needs more than the ticket. */
  plan(request: Request, ticket: Ticket): Write | null
  /**
   * Writes in one statement, the last of the transaction, for one actor or for several who see the same. Answers in the
   * order of `writes`.
   */
  write(tx: Tx, actor: User, writes: Write[]): Promise<Output[]>
}

const planOrNull = <Request extends TicketRequest, Write>(
  plan: Sharing<Request, Write, unknown>['plan'],
  request: Request,
  ticket: Ticket,
): Write | null => {
  try {
    return plan(request, ticket)
  } catch (error) {
    if (error instanceof AppError) return null
    throw error
  }
}

/**
 * Lets requests about different tickets that arrive at the same time share a transaction: one lock, one write and one
 * commit for all. It is for the plain ones. The others get null, and go on in a transaction of their own, which also
 * gives the reasons of a refusal: a request whose ticket is hidden or held by another transaction, the second request
 * about a ticket, one that is refused, and one whose plan is null. So nobody waits for the ticket of another.
 */
export const sharingTransactions = <Request extends TicketRequest, Write, Output>({
  plan,
  write,
}: Sharing<Request, Write, Output>): ((app: App, request: Request) => Promise<Output | null>) => {
  const runTogether = (app: App, actor: User, requests: Request[]): Promise<(Output | null)[]> =>
    transaction(app.pool, async (tx) => {
      const ids = [...new Set(requests.map(({ ticketId }) => ticketId))]
      const free = await lockTickets(tx, actor, ids, 'leaves out')
      const writes = new Map<Request, Write>()
      for (const request of requests) {
        const ticket = free.get(request.ticketId)
        const planned = ticket === undefined ? null : planOrNull(plan, request, ticket)
        if (planned === null) continue
        writes.set(request, planned)
        free.delete(request.ticketId)
      }
      const outputs = writes.size === 0 ? [] : await lastly(tx, () => write(tx, actor, [...writes.values()]))
      const byRequest = new Map([...writes.keys()].map((request, place) => [request, outputs[place]]))
      return requests.map((request) => byRequest.get(request) ?? null)
    })

  const laneOf = perApp((app) =>
    createCombiner<string, Request, Output | null>((_, requests) => {
      const [{ act }] = requests as [Request, ...Request[]]
      return inTurnOfTenant(app.turns, act.actor.tenant, () => runTogether(app, act.actor, requests))
    }),
  )
  return (app, request) => laneOf(app)(sightOf(request.act.actor), request)
}
