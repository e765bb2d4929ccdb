import type { App } from '../../../platform/app-context.ts'
import { type PageOf, type PageRequest, pageOf } from '../../../platform/paging.ts'
import type { User } from '../../identity/accounts/actor.ts'
import { listTags } from './tags.queries.ts'
import type { TagCount, TagKey, TagSort } from './tags.schemas.ts'

/** A page of the tenant's tags in use, each with the number of its tickets. */
export const listTagsInUse = async (
  app: App,
  actor: User,
  q: string | undefined,
  sort: TagSort,
  page: PageRequest<TagKey>,
): Promise<PageOf<TagCount>> =>
  pageOf(await listTags(app.pool, actor, q, sort, page), page, sort, ({ ticket_count, tag }) => [ticket_count, tag])
