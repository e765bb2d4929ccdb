import { z } from 'zod'
import { Page, pageQuery } from '../../../platform/paging.ts'
import { Tag, TicketId } from '../tickets/tickets.schemas.ts'

/**
 * The tag in a path. It is checked later, because text that cannot be a tag is a bad request and not an unknown path.
 */
export const TagParams = z.object({ ticketId: TicketId, tag: z.string() })
export const TagInPath = z.object({ tag: Tag })

export const TagSet = z.object({ tags: z.array(z.string()) }).meta({ id: 'TagSet' })
export type TagSet = z.output<typeof TagSet>

export const TagCount = z.object({ tag: z.string(), ticket_count: z.int() }).meta({ id: 'TagCount' })
export type TagCount = z.output<typeof TagCount>

export const TagSort = z
  .enum(['tag', '-ticket_count'])
  .meta({ id: 'TagSort', description: '`-ticket_count`: the most used first.' })
export type TagSort = z.output<typeof TagSort>

/** The key of a cursor: the number of tickets, and the tag. */
export type TagKey = [number, string]

export const TagQuery = z.strictObject({
  ...pageQuery,
  q: Tag.optional().meta({ description: 'How the tag begins.' }),
  sort: TagSort.optional().meta({ description: '`tag` when left out.' }),
})
export const TagList = z.object({ tags: z.array(TagCount), page: Page }).meta({ id: 'TagList' })
