import { z } from 'zod'
import { Role } from '../../../contract/enums.ts'
import type { EventDefinition } from '../../../contract/event-definition.ts'
import { ChangeList, Details } from '../../../contract/event-parts.ts'
import { eventTypePattern, isOfPattern } from '../../../contract/event-type-pattern.ts'
import { eventTypes, eventTypesWhere } from '../../../contract/events.ts'
import { Truncated } from '../../../platform/page-budget.ts'
import { countParameter, line, listParameter, timestamp, withCanonicalId } from '../../../platform/schemas.ts'
import type { FeedFilter } from './feed-filter.ts'

/**
 * The types of events that are in no log: the reader does not see a ticket any more; the reader's own role or category
 * changed.
 */
const typesOfReader = ['ticket.hidden', 'scope.changed']

const named = (members: object): string =>
  Object.keys(members)
    .map((name) => `\`${name}\``)
    .join(', ')

/** A line about each type of the catalogue, for those who write a client. */
const catalogue = (Object.entries(eventTypes) as [string, EventDefinition][])
  .map(([type, { schema, subject, changes, details }]) => {
    const parts = [
      `\`${type}\` of a ${subject === 'any' ? 'ticket, an account, a webhook, a product or an order' : subject}, schema ${schema}`,
      ...(Object.keys(changes).length === 0 ? [] : [`changes ${named(changes)}`]),
      ...(Object.keys(details).length === 0 ? [] : [`details ${named(details)}`]),
    ]
    return `- ${parts.join('; ')}`
  })
  .join('\n')

const allTypes: string[] = [...Object.keys(eventTypes), ...typesOfReader]

const ofTickets = new Set<string>(eventTypesWhere(({ subject }) => subject === 'ticket'))

/** Whether events of a type are about a ticket, by the catalogue. */
export const isTypeOfTickets = (type: string): boolean => ofTickets.has(type)

/** The types that patterns mean. */
const typesOf = (patterns: string[]): string[] =>
  allTypes.filter((type) => patterns.some((pattern) => isOfPattern(type, pattern)))

const FeedEventType = z.string().meta({
  id: 'FeedEventType',
  description:
    'What happened. More types may come: pass over what you do not know. `ticket.hidden` and `scope.changed` are in ' +
    'no log: they tell you what you see now. What events of each type may carry:\n\n' +
    `${catalogue}\n- \`ticket.hidden\` of a ticket, schema 1; details \`ticket_id\`\n- \`scope.changed\` of your account, schema 1`,
  enum: allTypes,
})

const FeedActor = z
  .object({
    id: z.string().nullable().meta({
      description:
        'The id of the account. For customers it is null for an admin, who signs in with it, and for whoever changed a product.',
    }),
    name: z.string(),
    role: Role,
  })
  .meta({ id: 'FeedActor' })

export const FeedEvent = z
  .object({
    id: z.string().meta({
      description:
        'The place of the event in the log: a cursor. With it as `after` you go on behind this event. Keep it with ' +
        'what the event changed in your copy. It is yours alone, and two answers may write the same place differently.',
      examples: ['b3f09c21a7de:1042'],
    }),
    position: z
      .int()
      .nullable()
      .meta({
        description:
          "For admins, who see the whole tenant: the event's number in its log, 1, 2, 3, without a gap. For all others " +
          'null, because a gap would tell how much happens that they do not see.',
        examples: [1042],
      }),
    type: FeedEventType,
    schema: z.int().meta({
      description: 'The version of `changes` and `details` of this type. Members may be added without a new version.',
      examples: [1],
    }),
    subject_id: z.string().meta({
      description:
        'The id of the ticket, account or other thing that the event is about; `-` for a sign-in with a name that no account has, and ' +
        'for what concerns the tenant itself.',
      examples: ['TKT0185'],
    }),
    subject_version: z
      .int()
      .nullable()
      .meta({
        description:
          'The version of the ticket, product or order that the event made. A copy that has this version or a later one has the change already.',
        examples: [3],
      }),
    occurred_at: timestamp,
    actor: FeedActor.nullable().meta({
      description: 'Who did it; null for the system, for a caller who is not signed in, and for `ticket.hidden`.',
    }),
    changes: ChangeList,
    details: Details.meta({ description: 'Facts of the event, by its type. Pass over members that you do not know.' }),
    truncated: Truncated,
  })
  .meta({ id: 'FeedEvent' })
export type FeedEvent = z.output<typeof FeedEvent>

/** How many events a call gives at most, and when it does not say. */
export const eventsAtMost = 100
/** How long a call waits at most, in seconds. A proxy cuts a silent connection after 60 seconds or earlier. */
const waitAtMost = 25
const typesAtMost = 50

/** Which events are wanted, of the feed and of streams. */
const filterParameters = {
  types: listParameter(eventTypePattern(typesOfReader), typesAtMost)
    .optional()
    .meta({
      description:
        'Any of these types: a type such as `ticket.assigned`, or the beginning of types and `*`, such as `ticket.*`. ' +
        'Who keeps a copy of tickets also wants `scope.changed`.',
      examples: [['ticket.*', 'comment.added', 'scope.changed']],
    }),
  subject: line(100)
    .transform(withCanonicalId(['TKT', 'CUS', 'TEC', 'SVC', 'WHK', 'PRD', 'ORD']))
    .optional()
    .meta({ description: 'Only events about this ticket, account, webhook, product or order.', examples: ['TKT0185'] }),
}

export const FeedQuery = z.strictObject({
  after: z
    .string()
    .max(500)
    .optional()
    .meta({
      description:
        'A place in the log: `next` of the answer before, the `id` of an event, or `latest` for the end of the log, to get ' +
        'only what comes from now on. Without it from the beginning of the log. Filters may change from call to call.',
      examples: ['latest'],
    }),
  ...filterParameters,
  limit: countParameter(1, eventsAtMost)
    .optional()
    .meta({ description: '1 to 100. Default: 100.', examples: [100] }),
  wait: countParameter(0, waitAtMost)
    .optional()
    .meta({
      description:
        'How many seconds to wait, 0 to 25, when there is nothing to give. The answer comes as soon as there is an event ' +
        'for you, else empty at the end of the time. Default: 0.',
      examples: [25],
    }),
})
export type FeedQuery = z.output<typeof FeedQuery>

export const StreamQuery = z.strictObject({
  after: z
    .string()
    .max(500)
    .optional()
    .meta({
      description:
        'The place in the log to begin after: the `id` of an event, or `next` of `GET /events`. Without it, and with `latest`, ' +
        'only what comes from now on. `Last-Event-ID` comes before it.',
      examples: ['latest'],
    }),
  ...filterParameters,
  pass: z.string().optional().meta({
    description:
      'A pass, in place of a sign-in by a header or a cookie, where neither can be sent. See `POST /events/passes`.',
  }),
})
export type StreamQuery = z.output<typeof StreamQuery>

/** Which events a caller wants. */
export const filterOf = ({
  types,
  subject,
}: {
  types?: string[] | undefined
  subject?: string | undefined
}): FeedFilter => ({
  ...(types === undefined ? {} : { types: typesOf(types) }),
  ...(subject === undefined ? {} : { subject }),
})

export const FeedPage = z
  .object({
    events: z.array(FeedEvent).meta({ description: 'The events, in the order of the log. May be empty.' }),
    next: z.string().meta({
      description:
        '`after` of the next call, also after an empty page. Keep it when you have worked on all events of this page.',
      examples: ['b3f09c21a7de:1042'],
    }),
    end_of_feed: z.boolean().meta({
      description:
        'Whether you have read all that there is. `false`: call again at once. A call looks at 2,000 events of the ' +
        'tenant at most, so a page may be empty although more follows.',
      examples: [true],
    }),
    epoch: z.string().meta({
      description: 'The epoch of the log. It changes when the database was restored, or replaced by its standby.',
      examples: ['b3f09c21a7de'],
    }),
  })
  .meta({ id: 'FeedPage' })
export type FeedPage = z.output<typeof FeedPage>
