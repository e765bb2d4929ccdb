import type { App } from '../../../platform/app-context.ts'
import { createCombiner } from '../../../platform/combiner.ts'
import { inTurnOfTenant } from '../../../platform/db/connection-turns.ts'
import type { Tx } from '../../../platform/db/sql.ts'
import { transaction } from '../../../platform/db/transaction.ts'
import { lastly } from '../../../platform/db/transaction-ends.ts'
import { AppError } from '../../../platform/errors.ts'
import { perApp } from '../../../platform/per-app.ts'
import { bindSpan } from '../../../platform/tracing/spans.ts'
import type { Act, User } from '../../identity/accounts/actor.ts'
import { sightOf } from './tickets.policy.ts'
import { lockTickets } from './tickets.queries.ts'
import type { Ticket } from './tickets.schemas.ts'

/** What a request writes on its locked ticket; null when that needs more than the ticket. */
type PlanWrite<Write> = (ticket: Ticket) => Write | null

/** A request that writes on one ticket. */
interface Request<Write> {
  actor: User
  ticketId: string
  plan: PlanWrite<Write>
}

/** The plan of a request; null for one that is refused, too. */
const planOrNull = <Write>(plan: PlanWrite<Write>, ticket: Ticket): Write | null => {
  try {
    return plan(ticket)
  } catch (error) {
    if (error instanceof AppError) return null
    throw error
  }
}

/** Runs a request in a transaction that it shares. Null when nothing was written, and the request must go alone. */
type Share<Write, Output> = (
  app: App,
  act: Act<User>,
  ticketId: string,
  plan: PlanWrite<Write>,
) => Promise<Output | null>

/**
 * Lets requests about different tickets that arrive at the same time share a transaction: one lock, one write and one
 * commit for all. It is for the plain ones. The others get null, and go on in a transaction of their own, which also
 * gives the reasons of a refusal: a request whose ticket is hidden or held by another transaction, the second request
 * about a ticket, one that is refused, one with an Idempotency-Key or an undo, and one whose plan is null. So nobody
 * waits for the ticket of another.
 *
 * `write` runs one statement, the last of the transaction, for one actor or for several who see the same. It answers in
 * the order of the plans.
 */
export const sharingTransactions = <Write, Output>(
  write: (tx: Tx, actor: User, writes: Write[]) => Promise<Output[]>,
): Share<Write, Output> => {
  const runTogether = (app: App, actor: User, requests: Request<Write>[]): Promise<(Output | null)[]> =>
    transaction(app.pool, async (tx) => {
      const ids = [...new Set(requests.map(({ ticketId }) => ticketId))]
      const free = await lockTickets(tx, actor, ids, 'leaves out')
      const writes = new Map<Request<Write>, Write>()
      for (const request of requests) {
        const ticket = free.get(request.ticketId)
        const planned = ticket === undefined ? null : planOrNull(request.plan, ticket)
        if (planned === null) continue
        writes.set(request, planned)
        free.delete(request.ticketId)
      }
      const outputs = writes.size === 0 ? [] : await lastly(tx, () => write(tx, actor, [...writes.values()]))
      const byRequest = new Map([...writes.keys()].map((request, place) => [request, outputs[place]]))
      return requests.map((request) => byRequest.get(request) ?? null)
    })

  const laneOf = perApp((app) =>
    createCombiner<string, Request<Write>, Output | null>((_, requests) => {
      const [{ actor }] = requests as [Request<Write>, ...Request<Write>[]]
      return inTurnOfTenant(app.turns, actor.tenant, () => runTogether(app, actor, requests))
    }),
  )
  return async (app, { actor, receipt, undo }, ticketId, plan) =>
    receipt === null && undo === undefined
      ? laneOf(app)(sightOf(actor), { actor, ticketId, plan: bindSpan(plan) })
      : null
}
