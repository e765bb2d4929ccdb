import { z } from 'zod'
import { Priority, Status, TicketHas } from '../../../contract/enums.ts'
import { Warnings } from '../../../contract/warnings.ts'
import { Truncated } from '../../../platform/page-budget.ts'
import { Page, pageQuery } from '../../../platform/paging.ts'
import { line, listParameter, publicId, searchText, text, timestamp } from '../../../platform/schemas.ts'
import { showsSomething } from '../../../platform/text-form.ts'
import { CustomerId } from '../../identity/customers/customers.schemas.ts'
import { Category, TechnicianId } from '../../identity/technicians/technicians.schemas.ts'
import { timeFilters } from './ticket-times.schemas.ts'

/** The examples are tickets of the demo desk: TKT0185 waits for its customer, CUS0001, on every day. */
export const TicketId = publicId('TKT').meta({ description: 'A ticket, like TKT0185.', examples: ['TKT0185'] })

/** The form in which tags are stored: lower case, composed (NFC), single spaces inside. */
const normalizedTag = (text: string): string =>
  text.normalize('NFC').trim().toLowerCase().normalize('NFC').replaceAll(/ +/g, ' ')

/** How many entries a list parameter has. */
const entriesAtMost = 20

/** A word that the staff puts on tickets: `vpn`, `waiting for parts`, `größe-xl`. */
export const Tag = z
  .string()
  .max(200)
  .transform(normalizedTag)
  .pipe(
    z
      .string()
      .regex(/^[\p{L}\p{N}][\p{L}\p{M}\p{N} ._-]{0,49}$/u, {
        error: 'must be 1 to 50 letters, digits, spaces, dots, dashes or underscores, with a letter or digit first',
      })
      .refine(showsSomething, { error: 'must have a character that can be seen' }),
  )

/** The author of a comment or an attachment. */
export const AuthorId = z.string().nullable().meta({
  description: 'Null for customers when the author is an admin, or another customer.',
})

export const Ticket = z
  .object({
    ticket_id: z.string(),
    subject: z.string(),
    issue_category: z.string(),
    issue_description: z.string(),
    priority: Priority,
    status: Status,
    customer_id: z.string(),
    customer_name: z.string(),
    technician_id: z.string().nullable(),
    technician_name: z.string().nullable(),
    resolution_summary: z.string().nullable(),
    raised_date: timestamp,
    updated_at: timestamp,
    first_response_at: timestamp.nullable(),
    resolved_date: timestamp.nullable(),
    closed_date: timestamp.nullable(),
    close_reason: z
      .string()
      .nullable()
      .meta({ description: 'Why the ticket was closed, when somebody said so. The customer reads it.' }),
    follow_up_of: z
      .string()
      .nullable()
      .meta({ description: 'The ticket that this ticket follows. Null also when you do not see that ticket.' }),
    merged_into: z.string().nullable().meta({ description: 'The ticket that this ticket is merged into.' }),
    merged_tickets: z.array(z.string()).meta({
      description:
        'The tickets that are merged into this ticket, directly or through others. A merged ticket has none.',
    }),
    tags: z.array(z.string()).nullable().meta({ description: 'Null for customers, because tags are for the staff.' }),
    version: z.int(),
    warnings: Warnings,
  })
  .meta({ id: 'Ticket' })
export type Ticket = z.output<typeof Ticket>

/** The members of a ticket that others may move while its version stays: names, tags, what is merged, times. */
export const membersWithoutVersion: ReadonlySet<string> = new Set<keyof Ticket>([
  'customer_name',
  'technician_name',
  'updated_at',
  'first_response_at',
  'follow_up_of',
  'merged_tickets',
  'tags',
])

const newTicket = {
  subject: line(200)
    .optional()
    .meta({ description: 'When left out: the first line of the description, at most 80 characters.' }),
  issue_category: Category,
  issue_description: text(10_000),
  priority: Priority.optional(),
  follow_up_of: TicketId.optional().meta({
    description: 'A closed ticket of the customer that this ticket follows.',
  }),
  technician_id: TechnicianId.optional().meta({ description: 'For admins: the ticket is assigned at once.' }),
  tags: z
    .array(Tag)
    .max(50)
    .transform((tags) => [...new Set(tags)].sort())
    .optional()
    .meta({ description: 'For admins: the ticket is tagged at once.' }),
}

const newTicketExample = {
  subject: 'No network on the second floor',
  issue_category: 'Network',
  issue_description: 'Since this morning no computer on the second floor reaches the network.',
  priority: 'high',
}

/** What an admin says more. */
const ofAdminExample = { ...newTicketExample, customer_id: 'CUS0001', technician_id: 'TEC0001', tags: ['vpn'] }

export const CreateTicket = z
  .strictObject({
    ...newTicket,
    customer_id: CustomerId.optional().meta({ description: 'The customer of the ticket. Admins must name one.' }),
  })
  .meta({ id: 'CreateTicket', examples: [newTicketExample, ofAdminExample] })
export const CreateTicketFor = z
  .strictObject(newTicket)
  .meta({ id: 'CreateTicketForCustomer', examples: [newTicketExample] })
export type CreateTicketFor = z.output<typeof CreateTicketFor>

const changes = {
  technician_id: TechnicianId.nullable().optional(),
  status: Status.optional(),
  priority: Priority.optional(),
  issue_category: Category.optional(),
  subject: line(200).optional(),
  issue_description: text(10_000).optional(),
  resolution_summary: text(10_000).nullable().optional().meta({
    description: 'What was done. The customer reads it as soon as it is written, and resolving mails it.',
  }),
}
export type TicketChange = z.output<z.ZodObject<typeof changes>>

export const UpdateTicket = z
  .strictObject({
    ...changes,
    reason: text(2_000)
      .optional()
      .meta({
        description:
          'Why the ticket goes to another technician, or to nobody: an internal comment, which the customer never reads. Why ' +
          'a ticket is closed or reopened goes with `close` and `reopen`.',
      }),
  })
  .meta({ id: 'UpdateTicket', examples: [{ priority: 'high', issue_category: 'Network' }] })

/** The body of closing and reopening. */
export const CloseOrReopen = z
  .strictObject({
    reason: text(300)
      .optional()
      .meta({ description: 'Why. The customer reads it: it is no internal comment. It is mailed, too.' }),
  })
  .meta({ id: 'CloseOrReopen', examples: [{ reason: 'The cable was loose.' }] })

export const MergeTicket = z
  .strictObject({ into: TicketId })
  .meta({ id: 'MergeTicket', examples: [{ into: 'TKT0194' }] })

export const MoveTicket = z
  .strictObject({
    customer_id: CustomerId,
    confirm: z.boolean().optional().meta({
      description:
        'The new customer may read the public comments and files that other customers have put on the ticket.',
    }),
  })
  .meta({ id: 'MoveTicket', examples: [{ customer_id: 'CUS0002', confirm: true }] })
export type MoveTicket = z.output<typeof MoveTicket>

/** The ticket in a path, with another example for what does not work with every ticket. */
export const ticketParams = (example: string) => z.object({ ticketId: TicketId.meta({ examples: [example] }) })
export const TicketParams = z.object({ ticketId: TicketId })
export const TicketsOfCustomerParams = z.object({ customerId: CustomerId })
export const TicketsOfTechnicianParams = z.object({ technicianId: TechnicianId })

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
    description:
      'Full text over number, subject, category, description and resolution: words, "phrases", -without, or.',
    examples: ['printer -toner'],
  }),
  has: TicketHas.optional().meta({
    description:
      '`attachments`: a file that you see. `failed_mail`: a mail about the ticket was not sent; for the staff only.',
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
      description: 'Any of these tags. For the staff only, because customers do not see tags.',
      examples: [['vpn', 'wifi']],
    }),
  tags_all: listParameter(Tag, entriesAtMost)
    .optional()
    .meta({
      description: 'All of these tags, on the ticket or on one ticket that is merged into it. For the staff only.',
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
/** Times are moments here: see `withMoments`. */
export type TicketFilter = Partial<Omit<z.output<typeof TicketQuery>, 'limit' | 'cursor' | 'sort' | 'zone'>>

export const TicketsOfOneQuery = z.strictObject({ ...pageQuery, ...filters })

/** A row of a list. */
export const TicketRow = Ticket.omit({ warnings: true }).extend({
  deleted_at: timestamp.optional().meta({ description: 'Of deleted tickets only.' }),
  deleted_until: timestamp.optional().meta({ description: 'Until when a deleted ticket can be restored.' }),
})
export type TicketRow = z.output<typeof TicketRow>

const ListedTicket = TicketRow.extend({ truncated: Truncated }).meta({ id: 'ListedTicket' })
export type ListedTicket = z.output<typeof ListedTicket>
export const TicketList = z.object({ tickets: z.array(ListedTicket), page: Page }).meta({ id: 'TicketList' })
