import { z } from 'zod'
import { parse } from '../../platform/http/validation.ts'
import { pageRequest } from '../../platform/paging.ts'
import { line } from '../../platform/schemas.ts'
import { NoBody } from '../auth/auth.schemas.ts'
import { endpoint } from '../auth/endpoint.ts'
import { TagInPath, TagList, TagParams, TagQuery, TagSet } from './tags.schemas.ts'
import { addTag, listTagsInUse, removeTag } from './tags.service.ts'

const tag = 'Relations'
const path = '/tickets/:ticketId/tags/:tag'
const form =
  'A tag is 1 to 50 letters, digits, spaces, dots, dashes or underscores, and kept in lower case. Admins, and the ' +
  "ticket's technician; again changes nothing. The ticket's version stays."
const key = z.tuple([z.int().positive(), line(100)])

export const tagRoutes = [
  endpoint({
    method: 'put',
    path,
    can: 'ticket:tag',
    tag,
    summary: 'Tag a ticket',
    description: `${form} A ticket has at most 50.`,
    params: TagParams,
    body: NoBody,
    bodyOptional: true,
    responds: { 200: TagSet },
    fails: ['ticket_not_found', 'too_many_tags'],
    handle: (call) => addTag(call.app, call, call.params.ticketId, parse(TagInPath, { tag: call.params.tag }).tag),
  }),
  endpoint({
    method: 'delete',
    path,
    can: 'ticket:tag',
    tag,
    summary: 'Take a tag away',
    description: form,
    params: TagParams,
    responds: { 200: TagSet },
    fails: ['ticket_not_found'],
    handle: (call) => removeTag(call.app, call, call.params.ticketId, parse(TagInPath, { tag: call.params.tag }).tag),
  }),
  endpoint({
    method: 'get',
    path: '/tags',
    can: 'tag:list',
    tag,
    summary: 'List the tags that tickets have',
    description: 'With how many tickets have each, deleted ones left out.',
    query: TagQuery,
    responds: { 200: TagList },
    handle: async ({ app, actor, query }) => {
      const sort = query.sort ?? 'tag'
      const { rows, page } = await listTagsInUse(app, actor, query.q, sort, pageRequest(query, sort, key))
      return { tags: rows, page }
    },
  }),
]
