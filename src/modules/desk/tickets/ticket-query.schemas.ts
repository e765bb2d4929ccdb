import { z } from 'zod'
import { Priority, Status, TicketHas } from '../../../contract/enums.ts'
import { pageQuery } from '../../../platform/paging.ts'
import { endFilter, listParameter, searchText, timeFilter } from '../../../platform/schemas.ts'
import { CustomerId } from '../../identity/customers/customers.schemas.ts'
import { Category, TechnicianId } from '../../identity/technicians/technicians.schemas.ts'
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
  status: listParameter(Status, entriesAtMost).optional().meta({ description: 'Any of these statuses.' }),
  priority: listParameter(Priority, entriesAtMost).optional().meta({
    description: 'Any of these priorities.',
  }),
  issue_category: Category.optional(),
  raised_from: timeFilter.optional().meta({
    description: 'Created at this moment or later. Fastest with `sort=-raised_date` or `raised_date`.',
  }),
  raised_to: endFilter.optional().meta({ description: 'Created before this moment, or until the end of this day.' }),
  updated_from: timeFilter.optional().meta({
    description: 'Changed last at this moment or later. Fastest with `sort=-updated_at` or `updated_at`.',
  }),
  updated_to: endFilter.optional().meta({
    description: 'Changed last before this moment, or until the end of this day. Fastest as `updated_from`.',
  }),
  resolved_from: timeFilter.optional().meta({
    description: 'Resolved at this moment or later. Fastest with `sort=-resolved_date` or `resolved_date`.',
  }),
  resolved_to: endFilter.optional().meta({
    description: 'Resolved before this moment, or until the end of this day. Fastest as `resolved_from`.',
  }),
  q: searchText.optional().meta({
    description: `Full text over number, subject, category, description and resolution: words, "phrases", -without, or. ${searched}`,
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
  }),
  tag: listParameter(Tag, entriesAtMost)
    .optional()
    .meta({
      description: `Any of these tags. For the staff only, because customers do not see tags. ${searched}`,
    }),
  tags_all: listParameter(Tag, entriesAtMost)
    .optional()
    .meta({
      description: `All of these tags, on the ticket or on one ticket that is merged into it. For the staff only. ${searched}`,
    }),
  watching: Me.optional().meta({ description: '`me`: tickets that you watch. For the staff only.' }),
  merged: flag.optional().meta({
    description: '`true`: only tickets that are merged into another. Otherwise such tickets are left out.',
  }),
  sort: TicketSort.optional().meta({
    description:
      '`-raised_date` when left out. `updated_at` is for programs that follow changes: see "Follow changes" in the ' +
      'guide. `resolved_date` and `-resolved_date` list only tickets that have been resolved.',
  }),
}

export const TicketQuery = z.strictObject({
  ...pageQuery,
  ...filters,
  technician_id: z
    .union([TechnicianId, MeOrNone], { error: 'must be a technician such as TEC0001, me, or none' })
    .optional()
    .meta({ description: 'A technician, `me` for your own when you are one, or `none` for unassigned tickets.' }),
  customer_id: CustomerId.optional(),
  deleted: flag.optional().meta({
    description: '`true`: only deleted tickets that can be restored, merged or not. For admins only.',
  }),
})
export type TicketFilter = Partial<Omit<z.output<typeof TicketQuery>, 'limit' | 'cursor' | 'sort'>>

export const TicketsOfOneQuery = z.strictObject({ ...pageQuery, ...filters })
