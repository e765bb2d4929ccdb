import { z } from 'zod'
import { Priority, Source, Status } from '../../../contract/enums.ts'
import { Warnings } from '../../../contract/warnings.ts'
import { Truncated } from '../../../platform/page-budget.ts'
import { Page } from '../../../platform/paging.ts'
import { line, publicId, text, timestamp } from '../../../platform/schemas.ts'
import { showsSomething } from '../../../platform/text-form.ts'
import { CustomerId } from '../../identity/customers/customers.schemas.ts'
import { Category, TechnicianId } from '../../identity/technicians/technicians.schemas.ts'
import { undoMembers, undoSeconds } from './undoable.schemas.ts'

/** The examples are tickets of the demo desk: TKT0185 waits for its customer, CUS0001, on every day. */
export const TicketId = publicId('TKT').meta({ description: 'A ticket, like TKT0185.', examples: ['TKT0185'] })

/** The form in which tags are stored: lower case, composed (NFC), single spaces inside. */
const normalizedTag = (text: string): string =>
  text.normalize('NFC').trim().toLowerCase().normalize('NFC').replaceAll(/ +/g, ' ')

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
    source: Source.nullable().meta({
      description: 'How the customer reached the desk; null when the customer created the ticket, or nobody said so.',
    }),
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
    ...undoMembers,
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
  source: Source.optional().meta({
    description: 'For the staff: how the customer reached the desk, such as `phone`. The customer reads it.',
  }),
  technician_id: TechnicianId.optional().meta({
    description: 'The ticket is assigned at once: by admins to any technician, by technicians to themselves.',
  }),
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
const byPhoneExample = { ...newTicketExample, customer_id: 'CUS0001', source: 'phone' }

export const CreateTicket = z
  .strictObject({
    ...newTicket,
    customer_id: CustomerId.optional().meta({ description: 'The customer of the ticket. The staff must name one.' }),
  })
  .meta({ id: 'CreateTicket', examples: [newTicketExample, ofAdminExample, byPhoneExample] })
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
    undo_seconds: undoSeconds,
  })
  .meta({ id: 'UpdateTicket', examples: [{ priority: 'high', issue_category: 'Network' }] })

/** The body of closing and reopening. */
export const CloseOrReopen = z
  .strictObject({
    reason: text(300)
      .optional()
      .meta({ description: 'Why. The customer reads it: it is no internal comment. It is mailed, too.' }),
    undo_seconds: undoSeconds,
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

/** A row of a list. */
export const TicketRow = Ticket.omit({ warnings: true, undo_token: true, undo_until: true }).extend({
  deleted_at: timestamp.optional().meta({ description: 'Of deleted tickets only.' }),
  deleted_until: timestamp.optional().meta({ description: 'Until when a deleted ticket can be restored.' }),
})
export type TicketRow = z.output<typeof TicketRow>

const ListedTicket = TicketRow.extend({ truncated: Truncated }).meta({ id: 'ListedTicket' })
export type ListedTicket = z.output<typeof ListedTicket>
export const TicketList = z.object({ tickets: z.array(ListedTicket), page: Page }).meta({ id: 'TicketList' })
