import { z } from 'zod'
import { pageRequest } from '../../../platform/paging.ts'
import { line } from '../../../platform/schemas.ts'
import { endpoint } from '../../identity/accounts/declare-endpoint.ts'
import { TagList, TagQuery } from './tags.schemas.ts'
import { listTagsInUse } from './tags.service.ts'

const tag = 'Relations'
const key = z.tuple([z.int().positive(), line(100)])

export const tagRoutes = [
  endpoint({
    id: 'listTags',
    method: 'get',
    path: '/tags',
    can: 'tag:list',
    tag,
    summary: 'List the tags in use',
    description: 'Each with the number of its tickets, without deleted tickets.',
    query: TagQuery,
    responds: { 200: TagList },
    fails: ['query_too_broad'],
    handle: async ({ app, actor, query }) => {
      const sort = query.sort ?? 'tag'
      const { rows, page } = await listTagsInUse(app, actor, query.q, sort, pageRequest(query, sort, key))
      return { tags: rows, page }
    },
  }),
]
