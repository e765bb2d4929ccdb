import type { App } from '../../../platform/app-context.ts'
import type { Tx } from '../../../platform/db/sql.ts'
import { transaction } from '../../../platform/db/transaction.ts'
import { AppError } from '../../../platform/errors.ts'
import { eventOf, type NewEvent } from '../../../platform/events/append-events.ts'
import type { Act, User } from '../../identity/accounts/actor.ts'
import type { TagSet } from '../tags/tags.schemas.ts'
import { requireWork } from '../tickets/ticket-access.service.ts'
import { lockVisibleTicket } from '../tickets/tickets.service.ts'
import { writeFirstTags, writeTagsWith, writeTagsWithout } from './tag-ticket.queries.ts'

/** How many tags a ticket may have. */
const tagsAtMost = 50

/** The event of a tag, for the staff only. It leaves the ticket's version as it is, so that no change becomes stale. */
const tagEvent = (act: Act<User>, type: 'ticket.tagged' | 'ticket.untagged', ticketId: string, tag: string): NewEvent =>
  eventOf(act, type, ticketId, { details: { tag, visibility: 'internal' } })

/** Tags a ticket that the caller's transaction has created, with different tags in order. */
export const tagNewTicket = async (tx: Tx, act: Act<User>, ticketId: string, tags: string[]): Promise<void> => {
  const events = tags.map((tag) => tagEvent(act, 'ticket.tagged', ticketId, tag))
  await writeFirstTags(tx, act.actor.tenantId, ticketId, tags, events)
}

const changeTags = (
  app: App,
  act: Act<User>,
  ticketId: string,
  change: (tx: Tx, tags: string[]) => Promise<string[]>,
): Promise<TagSet> =>
  transaction(
    app.pool,
    async (tx) => {
      const ticket = requireWork(act.actor, await lockVisibleTicket(tx, act.actor, ticketId))
      return { tags: await change(tx, ticket.tags ?? []) }
    },
    act.receipt,
  )

/** Tags a ticket. A second call changes nothing. @throws AppError `ticket_not_found`, `forbidden`, `too_many_tags`. */
export const addTag = (app: App, act: Act<User>, ticketId: string, tag: string): Promise<TagSet> =>
  changeTags(app, act, ticketId, async (tx, tags) => {
    if (tags.includes(tag)) return tags
    if (tags.length >= tagsAtMost) {
      throw new AppError('too_many_tags', { detail: `A ticket has at most ${tagsAtMost} tags.` })
    }
    const changed = [...tags, tag].sort()
    await writeTagsWith(tx, ticketId, changed, tag, tagEvent(act, 'ticket.tagged', ticketId, tag))
    return changed
  })

/** Removes a tag. A second call changes nothing. @throws AppError `ticket_not_found`, `forbidden`. */
export const removeTag = (app: App, act: Act<User>, ticketId: string, tag: string): Promise<TagSet> =>
  changeTags(app, act, ticketId, async (tx, tags) => {
    if (!tags.includes(tag)) return tags
    const changed = tags.filter((other) => other !== tag)
    await writeTagsWithout(tx, ticketId, changed, tag, tagEvent(act, 'ticket.untagged', ticketId, tag))
    return changed
  })
