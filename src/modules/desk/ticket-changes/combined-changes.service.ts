import type { App } from '../../../platform/app-context.ts'
import { currentTraceparent } from '../../../platform/tracing/spans.ts'
import type { Act, User } from '../../identity/accounts/actor.ts'
import { sharingTransactions, type TicketRequest } from '../tickets/shared-transactions.service.ts'
import type { Ticket } from '../tickets/tickets.schemas.ts'
import { type AskedChange, planLocally } from './change-ticket.service.ts'
import { type TicketWrite, updateTicketStates } from './ticket-changes.queries.ts'
import { writeOf } from './write-plan.service.ts'

interface ChangeRequest extends TicketRequest {
  asked: AskedChange
  traceparent: string | null
}

const shared = sharingTransactions<ChangeRequest, TicketWrite, Ticket>({
  plan({ act, asked, traceparent }, ticket) {
    const plan = planLocally(act.actor, ticket, asked)
    if (plan === null) return null
    const write = writeOf(act, ticket, plan)
    return { ...write, events: write.events.map((event) => ({ ...event, traceparent })) }
  },
  async write(tx, actor, writes) {
    const tickets = await updateTicketStates(tx, actor, writes)
    return writes.map(({ ticketId }) => {
      const ticket = tickets.get(ticketId)
      if (ticket === undefined) throw new Error(`${ticketId} is locked, and was not written`)
      return ticket
    })
  },
})

/** How long a new description may be, in characters, for its change to share a transaction. */
const sharedDescription = 1_000

/**
 * Whether a change may share its transaction: it keeps nothing else, asks for nothing that needs more rows, and is
 * written quickly. The words of a long description take tens of milliseconds to index, and others would wait for that.
 */
const isPlain = ({ receipt, undo }: Act<User>, { change }: AskedChange): boolean =>
  receipt === null &&
  undo === undefined &&
  change.technician_id === undefined &&
  change.issue_category === undefined &&
  change.status !== 'closed' &&
  (change.issue_description ?? '').length <= sharedDescription

/**
 * Changes a ticket in a transaction that changes of other tickets share, which arrive at the same time. Null when the
 * change needs a transaction of its own (`sharingTransactions`); nothing is changed then.
 */
export const changeCombined = async (
  app: App,
  act: Act<User>,
  ticketId: string,
  asked: AskedChange,
): Promise<Ticket | null> =>
  isPlain(act, asked) ? shared(app, { act, ticketId, asked, traceparent: currentTraceparent() }) : null
