import type { App } from '../../platform/app-context.ts'
import type { Tx } from '../../platform/db/sql.ts'
import { transaction } from '../../platform/db/transaction.ts'
import { AppError } from '../../platform/errors.ts'
import type { NewEvent } from '../../platform/events/events.ts'
import { type PageOf, type PageRequest, pageOf } from '../../platform/paging.ts'
import type { Act, User } from '../auth/actor.ts'
import { lockVisibleTicket } from '../tickets/changes.service.ts'
import { canRelate } from './relations.policy.ts'
import { deleteTag, insertTag, listTags } from './tags.queries.ts'
import type { TagCount, TagKey, TagSet, TagSort } from './tags.schemas.ts'

/** How many tags a ticket may have. */
const tagsAtMost = 50

/** Tags are for staff, and so is the news of them. */
const newsOf = ({ actor, requestId }: Act<User>, type: string, ticketId: string, tag: string): NewEvent => ({
  tenantId: actor.tenantId,
  type,
  subjectId: ticketId,
  // A tag leaves the ticket's version as it is, lest it makes somebody's change of the ticket stale.
  subjectVersion: null,
  actorId: actor.accountId,
  actorRole: actor.role,
  changes: {},
  details: { tag, visibility: 'internal' },
  requestId,
})

const changeTags = async (
  app: App,
  act: Act<User>,
  ticketId: string,
  change: (tx: Tx, tags: string[]) => Promise<string[]>,
): Promise<TagSet> => {
  const tags = await transaction(app.pool, async (tx) => {
    const ticket = await lockVisibleTicket(tx, act.actor, ticketId)
    if (!canRelate(act.actor, ticket)) throw new AppError('forbidden')
    return change(tx, ticket.tags ?? [])
  })
  app.nudge()
  return { tags }
}

/** Tags a ticket; again changes nothing. @throws AppError `ticket_not_found`, `forbidden`, `too_many_tags`. */
export const addTag = (app: App, act: Act<User>, ticketId: string, tag: string): Promise<TagSet> =>
  changeTags(app, act, ticketId, async (tx, tags) => {
    if (tags.includes(tag)) return tags
    if (tags.length >= tagsAtMost) {
      throw new AppError('too_many_tags', { detail: `A ticket has at most ${tagsAtMost} tags.` })
    }
    const changed = [...tags, tag].sort()
    await insertTag(tx, ticketId, changed, tag, newsOf(act, 'ticket.tagged', ticketId, tag))
    return changed
  })

/** Takes a tag away; again changes nothing. @throws AppError `ticket_not_found`, `forbidden`. */
export const removeTag = (app: App, act: Act<User>, ticketId: string, tag: string): Promise<TagSet> =>
  changeTags(app, act, ticketId, async (tx, tags) => {
    if (!tags.includes(tag)) return tags
    const changed = tags.filter((other) => other !== tag)
    await deleteTag(tx, ticketId, changed, tag, newsOf(act, 'ticket.untagged', ticketId, tag))
    return changed
  })

/** A page of the tags that tickets of the tenant have, with how many have each. */
export const listTagsInUse = async (
  app: App,
  actor: User,
  q: string | undefined,
  sort: TagSort,
  page: PageRequest<TagKey>,
): Promise<PageOf<TagCount>> =>
  pageOf(await listTags(app.pool, actor, q, sort, page), page, sort, ({ ticket_count, tag }) => [ticket_count, tag])
