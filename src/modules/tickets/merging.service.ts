import type { App } from '../../platform/app-context.ts'
import type { Tx } from '../../platform/db/sql.ts'
import { transaction } from '../../platform/db/transaction.ts'
import { AppError } from '../../platform/errors.ts'
import { insertEvents, type NewEvent } from '../../platform/events/events.ts'
import type { Act, Actor, User } from '../auth/actor.ts'
import { canMerge } from './merging.policy.ts'
import { countTicketsOfBoth, findMergeEnd, lockTickets, updateMergedInto } from './merging.queries.ts'
import { refuseMerged } from './tickets.lifecycle.ts'
import { findTicket } from './tickets.queries.ts'
import type { Ticket } from './tickets.schemas.ts'

/** How many tickets one conversation may be of, so that whoever reads it reads a bounded number. */
const ticketsAtMost = 100

/**
 * Only an end takes others in, and it is held while it does: so what is merged never leads back, however many merge
 * at once, and whoever is refused learns where the end is.
 */
const refuseTarget = async (tx: Tx, ticket: Ticket, into: Ticket, tenantId: number): Promise<void> => {
  if (into.merged_into !== null) {
    const end = await findMergeEnd(tx, tenantId, into.ticket_id)
    if (end === ticket.ticket_id) {
      throw new AppError('merge_circle', { detail: `${into.ticket_id} is merged into ${end} already.` })
    }
    throw new AppError('merge_target_merged', {
      detail: `${into.ticket_id} is itself merged, in the end into ${end}. Merge into that one.`,
      extra: { merged_into: end },
    })
  }
  if (into.customer_id !== ticket.customer_id) {
    throw new AppError('merge_across_customers', {
      detail: `${into.ticket_id} is another customer's than ${ticket.ticket_id}. Link it as a duplicate instead.`,
    })
  }
  if (into.status === 'closed') {
    throw new AppError('ticket_closed', { detail: `${into.ticket_id} is closed: nobody would see what is merged in.` })
  }
  if ((await countTicketsOfBoth(tx, tenantId, ticket.ticket_id, into.ticket_id)) > ticketsAtMost) {
    throw new AppError('merge_too_large', { detail: `At most ${ticketsAtMost} tickets can be merged into one.` })
  }
}

/** A ticket, and the one at the end of its merges, where its conversation goes on: itself when it is not merged. */
export interface Conversation {
  ticket: Ticket
  end: Ticket
}

/** The ticket was merged, or what it is merged into was: its conversation leads on. */
class LeadsOn extends Error {}

const lockConversation = async (tx: Tx, actor: User, ticketId: string, endId: string): Promise<Conversation> => {
  // The end may be a ticket that the actor does not see: what is said on theirs is heard there all the same.
  const who: Actor = endId === ticketId ? actor : { role: 'system', tenantId: actor.tenantId, accountId: null }
  const tickets = await lockTickets(tx, who, [ticketId, endId])
  const ticket = tickets.find(({ ticket_id }) => ticket_id === ticketId)
  if (ticket === undefined) throw new AppError('ticket_not_found')
  const end = ticket.merged_into === null ? ticket : tickets.find(({ ticket_id }) => ticket_id === endId)
  if (end === undefined || end.merged_into !== null) throw new LeadsOn()
  // A merge between the two may have been undone before they were held.
  const isBetween = ticket.merged_into !== null && ticket.merged_into !== endId
  if (isBetween && (await findMergeEnd(tx, actor.tenantId, ticketId)) !== endId) throw new LeadsOn()
  return { ticket, end }
}

/** How often a conversation may lead on while it is being followed. */
const followedAtMost = 5

/**
 * Runs `work` in a transaction that holds a ticket the actor sees and the end of its merges, in the order of their numbers.
 * Where the end is, is only known once the ticket has been read: one that is merged takes a second transaction.
 * @throws AppError `ticket_not_found`, and what `work` throws.
 */
export const inConversation = async <T>(
  app: App,
  act: Act<User>,
  ticketId: string,
  work: (tx: Tx, conversation: Conversation) => Promise<T>,
): Promise<T> => {
  let endId = ticketId
  for (let attempt = 1; ; attempt += 1) {
    try {
      const from = endId
      return await transaction(
        app.pool,
        async (tx) => work(tx, await lockConversation(tx, act.actor, ticketId, from)),
        act.receipt,
      )
    } catch (error) {
      if (!(error instanceof LeadsOn)) throw error
      if (attempt === followedAtMost) throw new AppError('unavailable', { cause: error })
      endId = await findMergeEnd(app.pool, act.actor.tenantId, ticketId)
    }
  }
}

const newsOf = (
  { actor, requestId }: Act<User>,
  { ticket_id }: Ticket,
  news: Pick<NewEvent, 'type' | 'subjectVersion' | 'changes' | 'details'>,
): NewEvent => ({
  ...news,
  tenantId: actor.tenantId,
  subjectId: ticket_id,
  actorId: actor.accountId,
  actorRole: actor.role,
  requestId,
})

/** Writes the edge, with the news of it in the history of both. */
const moveEdge = async (
  tx: Tx,
  act: Act<User>,
  before: Ticket,
  other: Ticket,
  into: string | null,
): Promise<Ticket> => {
  const ticket = await updateMergedInto(tx, act.actor, before.ticket_id, into, other.ticket_id)
  const isMerged = into !== null
  const changes = { merged_into: { from: before.merged_into, to: into } }
  await insertEvents(tx, [
    newsOf(act, ticket, {
      type: isMerged ? 'ticket.merged' : 'ticket.unmerged',
      subjectVersion: ticket.version,
      changes,
      details: {},
    }),
    newsOf(act, other, {
      type: isMerged ? 'ticket.absorbed' : 'ticket.released',
      // The other ticket is what it was.
      subjectVersion: null,
      changes: {},
      details: { ticket_id: ticket.ticket_id },
    }),
  ])
  return ticket
}

/**
 * Merges a ticket into another of the same customer. Nothing is moved: the conversation goes on at the other.
 * @throws AppError `ticket_not_found`, `forbidden`, `merge_into_itself`, `merge_target_unknown`, `ticket_merged`,
 * `merge_circle`, `merge_target_merged`, `merge_across_customers`, `ticket_closed`, `merge_too_large`.
 */
export const mergeTicket = async (app: App, act: Act<User>, ticketId: string, into: string): Promise<Ticket> => {
  const { actor } = act
  const merged = await transaction(
    app.pool,
    async (tx) => {
      const tickets = await lockTickets(tx, actor, [ticketId, into])
      const ticket = tickets.find(({ ticket_id }) => ticket_id === ticketId)
      if (ticket === undefined) throw new AppError('ticket_not_found')
      if (!canMerge(actor, ticket)) throw new AppError('forbidden')
      if (into === ticketId) throw new AppError('merge_into_itself')
      const target = tickets.find(({ ticket_id }) => ticket_id === into)
      if (target === undefined) throw new AppError('merge_target_unknown')
      if (!canMerge(actor, target)) throw new AppError('forbidden')
      refuseMerged(ticket)
      await refuseTarget(tx, ticket, target, actor.tenantId)
      return moveEdge(tx, act, ticket, target, into)
    },
    act.receipt,
  )
  app.nudge()
  return merged
}

/**
 * Undoes a merge: the ticket is what it was, but for its version.
 * @throws AppError `ticket_not_found`, `forbidden`, `ticket_not_merged`.
 */
export const unmergeTicket = async (app: App, act: Act<User>, ticketId: string): Promise<Ticket> => {
  const { actor } = act
  const unmerged = await transaction(
    app.pool,
    async (tx) => {
      const other = (await findTicket(tx, actor, ticketId))?.merged_into ?? ticketId
      const tickets = await lockTickets(tx, actor, [ticketId, other])
      const ticket = tickets.find(({ ticket_id }) => ticket_id === ticketId)
      if (ticket === undefined) throw new AppError('ticket_not_found')
      if (!canMerge(actor, ticket)) throw new AppError('forbidden')
      // What was to be undone has been, when it is merged elsewhere by the time it is held.
      if (ticket.merged_into !== other) throw new AppError('ticket_not_merged')
      const target = tickets.find(({ ticket_id }) => ticket_id === other)
      if (target === undefined || !canMerge(actor, target)) throw new AppError('forbidden')
      return moveEdge(tx, act, ticket, target, null)
    },
    act.receipt,
  )
  app.nudge()
  return unmerged
}
