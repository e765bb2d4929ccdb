import type { App } from '../../../platform/app-context.ts'
import { type PageOf, type PageRequest, pageOf } from '../../../platform/paging.ts'
import type { User } from '../../identity/accounts/actor.ts'
import { listTags } from './tags.queries.ts'
import type { TagCount, TagKey, TagSort } from './tags.schemas.ts'

/** A page of the tags that tickets of the tenant have, with how many have each. */
export const listTagsInUse = async (
  app: App,
  actor: User,
  q: string | undefined,
  sort: TagSort,
  page: PageRequest<TagKey>,
): Promise<PageOf<TagCount>> =>
  pageOf(await listTags(app.pool, actor, q, sort, page), page, sort, ({ ticket_count, tag }) => [ticket_count, tag])
