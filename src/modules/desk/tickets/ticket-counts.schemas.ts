import { z } from 'zod'
import { type ActorRole, Priority, Status } from '../../../contract/enums.ts'
import { TimeZone } from '../../../contract/time-zones.ts'
import { countParameter, listParameter, timeShape } from '../../../platform/schemas.ts'
import { TicketQuery } from './ticket-query.schemas.ts'

/** What tickets are counted by. */
export const CountedBy = z
  .enum(['status', 'priority', 'technician', 'category', 'view', 'raised_day', 'resolved_day'])
  .meta({
    id: 'CountedBy',
    description:
      'What tickets are counted by. `raised_day`: the day on which they were created. `view`: the lists of the staff, ' +
      'which may have the same ticket.',
  })
export type CountedBy = z.output<typeof CountedBy>
export type DayBreakdown = Extract<CountedBy, `${string}_day`>

/** The lists of the staff. Only technicians have tickets of their own. */
export const TicketView = z.enum(['mine', 'unassigned', 'watching', 'all']).meta({
  id: 'TicketView',
  description:
    'A list of the staff. `mine`: `technician_id=me`, for technicians only. `unassigned`: `technician_id=none`. ' +
    '`watching`: `watching=me`. `all`: all that you see.',
})
export type TicketView = z.output<typeof TicketView>

/** The most tickets that a group counts. */
export const countedAtMost = 10_000
/** The most technicians or categories that are counted. */
export const groupsAtMost = 200
/**
 * The most tickets that are read one by one, when no index has the groups, for each role. Technicians and customers
 * have no index of their categories, so what is read of their own lists ends long before `LIST_TIMEOUT_MS` does.
 */
export const readAtMost: Record<ActorRole, number> = {
  admin: 50_000,
  system: 50_000,
  technician: countedAtMost,
  customer: countedAtMost,
}
/** The most days that tickets are counted by. */
export const daysAtMost = 31

const from = timeShape
  .optional()
  .meta({ description: 'At this moment or later, or from the beginning of this day on.', examples: ['2026-11-01'] })
const to = timeShape
  .optional()
  .meta({ description: 'Before this moment, or until the end of this day.', examples: ['2026-11-30'] })

/** The filters of a list, whose days are days of `zone` here, and what to count by. */
export const TicketCountsQuery = TicketQuery.omit({ limit: true, cursor: true, sort: true }).extend({
  by: listParameter(CountedBy, CountedBy.options.length)
    .optional()
    .meta({
      description:
        'One or more; `status` when left out. Each is counted by itself. Days need `last_days`, or a time of their own: ' +
        '`raised_day` needs `raised_from` and `raised_to`, `resolved_day` needs `resolved_from` and `resolved_to`, of at ' +
        `most ${daysAtMost} days together. \`view\` is for the staff only.`,
      examples: [['status', 'technician']],
    }),
  last_days: countParameter(1, daysAtMost)
    .optional()
    .meta({
      description:
        'The days of `raised_day` and `resolved_day`: so many until today. Each of the two then counts by its own time, ' +
        'so that one request says what was created and what was resolved.',
      examples: [14],
    }),
  zone: TimeZone.optional().meta({
    description:
      'The time zone of days, in the answer and in the filters, such as `Europe/Berlin`. Default: that of the tenant.',
    examples: ['Europe/Berlin'],
  }),
  raised_from: from,
  raised_to: to,
  updated_from: from,
  updated_to: to,
  resolved_from: from,
  resolved_to: to,
})
export type TicketCountsQuery = z.output<typeof TicketCountsQuery>

const counted = {
  count: z.int().meta({ description: `At most ${countedAtMost}.` }),
  at_least: z.boolean().meta({ description: 'Whether there may be more tickets than were counted.' }),
}

const StatusCount = z
  .object({ value: Status, ...counted })
  .meta({ id: 'StatusCount', description: 'The tickets of a status.' })
const PriorityCount = z
  .object({ value: Priority, ...counted })
  .meta({ id: 'PriorityCount', description: 'The tickets of a priority.' })
const TechnicianCount = z
  .object({
    value: z.string().meta({ description: 'The number of the technician; `none` for tickets of nobody.' }),
    name: z.string().nullable().meta({ description: 'The name of the technician; null for tickets of nobody.' }),
    ...counted,
  })
  .meta({ id: 'TechnicianCount', description: 'The tickets of a technician.' })
const TicketCategoryCount = z
  .object({
    value: z.string().meta({ description: 'The category as one of its tickets has it.' }),
    ...counted,
    unattended: z.boolean().optional().meta({ description: 'For admins: no active technician works on the category.' }),
  })
  .meta({ id: 'TicketCategoryCount', description: 'The tickets of a category.' })
const ViewCount = z
  .object({ value: TicketView, ...counted })
  .meta({ id: 'ViewCount', description: 'The tickets of a list of the staff.' })
const DayCount = z
  .object({ value: z.iso.date().meta({ description: 'A day of the zone.' }), ...counted })
  .meta({ id: 'DayCount', description: 'The tickets of a day.' })

export const TicketCounts = z
  .object({
    counts: z
      .object({
        status: z.array(StatusCount).optional().meta({ description: 'Every status that the filter has.' }),
        priority: z.array(PriorityCount).optional().meta({ description: 'Every priority that the filter has.' }),
        technician: z.array(TechnicianCount).optional().meta({
          description: 'Those who have tickets, by their names. Tickets of nobody are the last.',
        }),
        category: z.array(TicketCategoryCount).optional().meta({
          description: 'Those that have tickets, by their names. Upper and lower case are equal.',
        }),
        view: z.array(ViewCount).optional().meta({ description: 'Every list that you have.' }),
        raised_day: z.array(DayCount).optional().meta({ description: 'By the day of creation, every day.' }),
        resolved_day: z.array(DayCount).optional().meta({ description: 'By the day of resolution, every day.' }),
      })
      .meta({ description: 'A list of groups for each word of `by`.' }),
    more: z.array(CountedBy).meta({
      description: `What has more than ${groupsAtMost} groups. The others of them are left out.`,
    }),
  })
  .meta({ id: 'TicketCounts' })
export type TicketCounts = z.output<typeof TicketCounts>

/** A group as the database counts it: up to one ticket more than the most. */
export const CountedGroup = z.object({
  by: CountedBy,
  value: z.string().nullable(),
  name: z.string().nullable(),
  is_attended: z.boolean().nullable(),
  count: z.int(),
  is_cut: z.boolean(),
})
export type CountedGroup = z.output<typeof CountedGroup>
