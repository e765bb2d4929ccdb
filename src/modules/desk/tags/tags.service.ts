import type { App } from '../../../platform/app-context.ts'
import { type PageOf, type PageRequest, pageOf, refuseTooBroad } from '../../../platform/paging.ts'
import type { User } from '../../identity/accounts/actor.ts'
import { listTags } from './tags.queries.ts'
import type { TagCount, TagKey, TagSort } from './tags.schemas.ts'

/**
 * A page of the tenant's tags in use, each with the number of its tickets.
 * @throws AppError `query_too_broad` after `LIST_TIMEOUT_MS`.
 */
export const listTagsInUse = async (
  app: App,
  actor: User,
  q: string | undefined,
  sort: TagSort,
  page: PageRequest<TagKey>,
): Promise<PageOf<TagCount>> => {
  const reading = listTags(app.pool, actor, q, sort, page, app.config.LIST_TIMEOUT_MS)
  const tags = await refuseTooBroad(reading, 'Send more letters in `q`.')
  return pageOf(tags, page, sort, ({ ticket_count, tag }) => [ticket_count, tag])
}
