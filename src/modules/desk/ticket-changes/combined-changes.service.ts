import type { App } from '../../../platform/app-context.ts'
import type { Act, User } from '../../identity/accounts/actor.ts'
import { sharingTransactions } from '../tickets/shared-transactions.service.ts'
import type { Ticket, TicketChange } from '../tickets/tickets.schemas.ts'
import { type AskedChange, planLocally } from './change-ticket.service.ts'
import { updateTicketStates } from './ticket-changes.queries.ts'
import { writeOf } from './write-plan.service.ts'

const share = sharingTransactions(updateTicketStates)

/** Whether the ticket alone may decide about a change. */
const isPlain = ({ technician_id, issue_category, status }: TicketChange): boolean =>
  technician_id === undefined && issue_category === undefined && status !== 'closed'

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
