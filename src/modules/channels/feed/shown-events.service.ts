import { z } from 'zod'
import type { Db } from '../../../platform/db/sql.ts'
import { shownDetails } from '../../../platform/events/blanking.ts'
import { isTypeOfCatalogue, readsActorOf } from '../../catalogue/orders/catalogue-events.policy.ts'
import { ticketsNamedIn, visibleParts, withoutTickets } from '../../desk/tickets/ticket-events.policy.ts'
import { listShownRows, listSights, type ShownRow, type Stretch } from './shown-rows.queries.ts'

/** How many positions one call looks at, at most. */
const positionsAtMost = 2_000

/** An event as one account gets it, in the role that it had at that moment. */
export interface ShownEvent extends Omit<ShownRow, 'account_ids' | 'is_taken_back'> {
  account_id: string
  /** The version of `changes` and `details` in the catalogue of events. */
  schema: number
}

const Version = z.object({ schema: z.int().min(1) })

const withoutPosition = (role: ShownRow['reader_role'], { type, details }: Pick<ShownRow, 'type' | 'details'>) =>
  type === 'event.blanked' && role !== 'admin' ? {} : shownDetails(details)

/**
 * Who did it, as a role may read it. To customers admins have no id, because admins sign in with it, and nobody is
 * named who created or changed a product.
 */
const shownActor = (row: Omit<ShownRow, 'account_ids'>): Pick<ShownRow, 'actor_id' | 'actor_name'> => {
  const { reader_role: role, type, actor_id, actor_name } = row
  if (!readsActorOf({ role }, type)) return { actor_id: null, actor_name: null }
  return { actor_id: role === 'customer' && row.actor_role === 'admin' ? null : actor_id, actor_name }
}

/**
 * The parts of a shown event that a role may read: the same as in the history of a ticket, and all that is told of a
 * product or an order. Positions are for admins, so nobody else reads which position was erased.
 */
const shownParts = ({ account_ids: _, ...row }: ShownRow): Omit<ShownEvent, 'account_id'> => {
  const { reader_role: role } = row
  const schema = Version.safeParse(row.details).data?.schema ?? 1
  const parts = { ...row, details: withoutPosition(role, row) }
  const { changes, details } = isTypeOfCatalogue(row.type) ? parts : visibleParts({ role }, parts)
  return { ...omitInner(row), ...shownActor(row), changes, details, schema }
}

const omitInner = ({ is_taken_back: _, ...row }: Omit<ShownRow, 'account_ids'>) => row

/** Takes out of events the ids of tickets that an account does not see. Admins see every id. */
const withoutUnseen = async (
  db: Db,
  tenantId: number,
  rows: { row: ShownRow; parts: Omit<ShownEvent, 'account_id'> }[],
): Promise<ShownEvent[]> => {
  const isNaming = ({ row, parts }: (typeof rows)[number]): boolean =>
    row.shown === 'event' && row.reader_role !== 'admin' && ticketsNamedIn(parts).length > 0
  const naming = rows.filter(isNaming)
  const tickets = new Set(naming.flatMap(({ parts }) => ticketsNamedIn(parts)))
  const accounts = new Set(naming.flatMap(({ row }) => row.account_ids))
  const sights = tickets.size === 0 ? [] : await listSights(db, tenantId, [...accounts], [...tickets])
  const seen = new Set(sights.map(({ account_id, ticket_id }) => `${account_id} ${ticket_id}`))
  return rows.flatMap((one) =>
    one.row.account_ids.map((account_id) => {
      const event = { account_id, ...one.parts }
      return isNaming(one) ? { ...event, ...withoutTickets(event, (id) => !seen.has(`${account_id} ${id}`)) } : event
    }),
  )
}

/**
 * What each of the accounts gets of at most `limit` positions of the tenant's log after `after`, in the order of the
 * positions: admins every event, technicians and customers the events of the tickets that they see now, as the
 * history shows them, of all products, and of the orders that they see. An event by which a reader lost sight of a
 * ticket is `ticket.hidden`, and a change of the reader's own role or category is `scope.changed`. `through` is the
 * last position that was looked at, `head` the last of the tenant.
 */
export const listShownEvents = async (
  db: Db,
  tenantId: number,
  accountIds: string[],
  stretch: Stretch,
): Promise<{ through: number; head: number; epoch: string; rows: ShownEvent[] }> => {
  const limit = Math.min(stretch.limit, positionsAtMost)
  const { rows, ...frame } = await listShownRows(db, tenantId, [...new Set(accountIds)], { ...stretch, limit })
  const parts = rows.map((row) => ({ row, parts: shownParts(row) }))
  return { ...frame, rows: await withoutUnseen(db, tenantId, parts) }
}
