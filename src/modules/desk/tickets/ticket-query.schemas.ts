import { z } from 'zod'
import { Priority, Status, TicketHas } from '../../../contract/enums.ts'
import { pageQuery } from '../../../platform/paging.ts'
import { listParameter, searchText } from '../../../platform/schemas.ts'
import { CustomerId } from '../../identity/customers/customers.schemas.ts'
import { Category, TechnicianId } from '../../identity/technicians/technicians.schemas.ts'
import { timeFilters } from './ticket-times.schemas.ts'
import { Tag, TicketId } from './tickets.schemas.ts'

/** How many entries a list parameter has. */
const entriesAtMost = 20

export const TicketSort = z
  .enum(['-raised_date', 'raised_date', '-updated_at', 'updated_at', '-priority', '-resolved_date', 'resolved_date'])
  .meta({ id: 'TicketSort', description: 'A minus in front: the greatest, or latest, first.' })
export type TicketSort = z.output<typeof TicketSort>

/** The rank of a priority, 1 for the least urgent: the order of the column `priority_rank`. */
export const rankOf = (priority: Priority): number => Priority.options.indexOf(priority) + 1

/** The key of a cursor: the value sorted by, and the ticket's number. */
export type TicketKey = [string | number, number]

const flag = z.enum(['true', 'false']).transform((text) => text === 'true')

const Me = z.enum(['me']).meta({ id: 'Me', description: 'The account that is signed in.' })

const MeOrNone = z
  .enum(['me', 'none'])
  .meta({ id: 'MeOrNone', description: 'The account that is signed in, or nobody.' })

const TicketWithout = z
  .enum(['first_response'])
  .meta({ id: 'TicketWithout', description: 'What tickets of a list have not.' })

/** No index has what such a filter finds in the order of a list. */
const searched = 'What fits is found first and then sorted, in any order; too much of it is `query_too_broad`.'

const filters = {
  status: listParameter(Status, entriesAtMost)
    .optional()
    .meta({
      description: 'Any of these statuses.',
      examples: [['new', 'assigned']],
    }),
  priority: listParameter(Priority, entriesAtMost)
    .optional()
    .meta({
      description: 'Any of these priorities.',
      examples: [['high', 'urgent']],
    }),
  issue_category: Category.optional().meta({
    description: 'One category. Upper and lower case are equal, and a comma is a part of it.',
    examples: ['Network'],
  }),
  ...timeFilters,
  q: searchText.optional().meta({
    description: `Full text over number, subject, category, description and resolution: words, "phrases", -without, or. ${searched}`,
    examples: ['printer -toner'],
  }),
  has: TicketHas.optional().meta({
    description:
      '`attachments`: a file that you see. `failed_mail`: a mail about the ticket was not sent; for the staff only. ' +
      searched,
  }),
  without: TicketWithout.optional().meta({
    description:
      '`first_response`: nobody of the staff has answered yet. For the staff only. Fastest with `sort=raised_date` or ' +
      '`-raised_date`.',
  }),
  follow_up_of: TicketId.optional().meta({
    description: 'The tickets that follow this ticket; none when you do not see it. Fastest with `sort=-raised_date`.',
    examples: ['TKT0001'],
  }),
  tag: listParameter(Tag, entriesAtMost)
    .optional()
    .meta({
      description: `Any of these tags. For the staff only, because customers do not see tags. ${searched}`,
      examples: [['vpn', 'wifi']],
    }),
  tags_all: listParameter(Tag, entriesAtMost)
    .optional()
    .meta({
      description: `All of these tags, on the ticket or on one ticket that is merged into it. For the staff only. ${searched}`,
      examples: [['licence', 'vip']],
    }),
  watching: Me.optional().meta({ description: '`me`: tickets that you watch. For the staff only.' }),
  merged: flag.optional().meta({
    description: '`true`: only tickets that are merged into another. Otherwise such tickets are left out.',
  }),
  sort: TicketSort.optional().meta({
    description:
      '`-raised_date` when left out. `updated_at` is for programs that follow changes: see "Follow changes" in the ' +
      'guide. `resolved_date` and `-resolved_date` list only tickets that have been resolved.',
    examples: ['-updated_at'],
  }),
}

export const TicketQuery = z.strictObject({
  ...pageQuery,
  ...filters,
  technician_id: z
    .union([TechnicianId, MeOrNone], { error: 'must be a technician such as TEC0001, me, or none' })
    .optional()
    .meta({
      description: 'A technician, `me` for your own when you are one, or `none` for unassigned tickets.',
      examples: ['none'],
    }),
  customer_id: CustomerId.optional(),
  deleted: flag.optional().meta({
    description: '`true`: only deleted tickets that can be restored, merged or not. For admins only.',
  }),
})
/** Times are moments here: see `inZone`. */
export type TicketFilter = Partial<Omit<z.output<typeof TicketQuery>, 'limit' | 'cursor' | 'sort' | 'zone'>>

export const TicketsOfOneQuery = z.strictObject({ ...pageQuery, ...filters })
