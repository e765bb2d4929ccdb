import type { App } from '../../../platform/app-context.ts'
import type { Act, User } from '../../identity/accounts/actor.ts'
import { sharingTransactions } from '../tickets/shared-transactions.service.ts'
import type { Ticket, TicketChange } from '../tickets/tickets.schemas.ts'
import { type AskedChange, planLocally } from './change-ticket.service.ts'
import { updateTicketStates } from './ticket-changes.queries.ts'
import { writeOf } from './write-plan.service.ts'

const share = sharingTransactions(updateTicketStates)

/** How long a new description may be, in characters, for its change to share a transaction. */
const sharedDescription = 1_000

/**
 * Whether the ticket alone may decide about a change, and the change is written quickly. The words of a long
 * description take tens of milliseconds to index, and others would wait for that.
 */
const isPlain = ({ technician_id, issue_category, status, issue_description = '' }: TicketChange): boolean =>
  technician_id === undefined &&
  issue_category === undefined &&
  status !== 'closed' &&
  issue_description.length <= sharedDescription

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
  isPlain(asked.change)
    ? share(app, act, ticketId, (ticket) => {
        const plan = planLocally(act.actor, ticket, asked)
        return plan === null ? null : writeOf(act, ticket, plan)
      })
    : null
