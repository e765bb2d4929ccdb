import { z } from 'zod'
import { ActorRole, Role } from '../../../contract/enums.ts'
import { ChangeList, Details } from '../../../contract/event-parts.ts'
import { withheldDetails } from '../../../contract/events.ts'
import { type Db, many, type Sql, sql } from '../../../platform/db/sql.ts'
import { presentEpoch } from '../../../platform/events/log-epoch.ts'
import { numberOf, timestamp } from '../../../platform/schemas.ts'
import { lostStep, namedStep, sightColumns } from '../../desk/tickets/lost-sight.steps.ts'
import { placedStep, readersStep, sightsStep } from '../../desk/tickets/sight-of-accounts.steps.ts'
import { isTakenBack, readableBy } from '../../desk/tickets/ticket-events.policy.ts'
import { withAccountOfEach } from '../../identity/accounts/accounts.steps.ts'
import { shownOfCatalogue } from './shown-catalogue.steps.ts'

/** Which positions of a log are looked at, and which of their events are wanted. */
export interface Stretch {
  /** The last position that the readers have. */
  after: number
  /** The last position that is looked at. */
  upTo?: number
  /** How many positions are looked at, at most. */
  limit: number
  /** How many rows of all accounts together are given, at most. */
  rows?: number
  /** Types of events, as the readers get them: also `ticket.hidden` and `scope.changed`. */
  types?: string[]
  /** The id of what events are about, as they have it. */
  subject?: string
}

/** One event, and all accounts of one role that get it in one form. */
const ShownRow = z.object({
  position: z.int(),
  shown: z.enum(['event', 'hidden', 'scope']),
  reader_role: Role,
  account_ids: z.array(z.string()),
  type: z.string(),
  subject_id: z.string(),
  subject_version: z.int().nullable(),
  occurred_at: timestamp,
  actor_id: z.string().nullable(),
  actor_role: ActorRole,
  actor_name: z.string().nullable(),
  changes: ChangeList,
  details: Details,
  /** Only customers must know: false for all others. */
  is_taken_back: z.boolean(),
})
export type ShownRow = z.output<typeof ShownRow>

const Frame = z.object({ head: z.int(), through: z.int(), epoch: z.string() })
const FramedRow = z.union([
  z.object({ ...Frame.shape, ...ShownRow.shape }),
  z.object({ ...Frame.shape, position: z.null() }),
])

/**
 * The tenant's last position, the last that is looked at, and the epoch: the step `frame`. When all readers are admins,
 * who get every event, no more positions are looked at than rows are wanted.
 */
const frameStep = (tenantId: number, { after, upTo, limit, rows, types, subject }: Stretch): Sql => {
  const everyRow = types === undefined && subject === undefined ? (rows ?? null) : null
  return sql`frame as materialized (
    select h.position as head, ${presentEpoch} as epoch, greatest(${after}::bigint, least(h.position,
      ${upTo ?? null}::bigint, ${after}::bigint + ${limit}::integer, ${after}::bigint + case
        when not exists (select from readers r where r.role <> 'admin') then ${everyRow}::integer end)) as through
    from event_heads h where h.tenant_id = ${tenantId})`
}

/**
 * The events that are looked at: the step `looked`. Each position is looked up by itself. So the planner expects many,
 * whatever it knows of the log; otherwise it would compare each event with each other.
 */
const lookedStep = (tenantId: number, { after, limit }: Stretch): Sql => sql`looked as materialized (
  select e.tenant_id, e.position, e.type, e.subject_id, e.subject_version, e.actor_id, e.actor_role, e.occurred_at,
    e.changes, e.details, ${sightColumns}
  from generate_series(${after}::bigint + 1, (select f.through from frame f)) as k (position)
  cross join lateral (
    select e.* from events e where e.tenant_id = ${tenantId} and e.position = k.position limit 1) e
  order by e.position limit ${limit})`

/** A condition: an event `e` is a change of the role of the reader `r`, or of the category of one who has one. */
const isOwnScope = sql`(r.account_id = e.subject_id and e.ticket_number is null and (e.type = 'account.role_changed'
  or r.role <> 'admin' and e.type in ('technician.updated', 'service_account.updated')
    and (e.changes ? 'category' or e.is_blanked)))`

/**
 * Who shall read their lists anew without being told why: customers whose ticket came back, which they do not read; and
 * those who may have lost sight of a ticket that they may never have seen.
 */
const readAnew = sql`
  select e.position, g.account_id from looked e join sights g on g.ticket_number = e.ticket_number
  where e.type = 'ticket.restored' and g.role = 'customer'
  union
  select l.position, l.account_id from lost l where not l.is_sure`

const isWanted = ({ types, subject }: Stretch): { event: Sql; hidden: Sql; scope: Sql } => {
  const ofTypes = (type: Sql): Sql => (types === undefined ? sql`true` : sql`${type} = any (${types}::text[])`)
  const ofSubject = subject === undefined ? sql`true` : sql`e.subject_id = ${subject}`
  const isNamed = subject === undefined ? sql`true` : sql`public_id('TKT', l.ticket_number) = ${subject}`
  return {
    event: sql`${ofTypes(sql`e.type`)} and ${ofSubject}`,
    hidden: sql`${ofTypes(sql`'ticket.hidden'`)} and ${isNamed}`,
    scope: ofTypes(sql`'scope.changed'`),
  }
}

/** Who gets which event in which form: the step `shown`. Accounts that get the same are one row. */
const shownStep = (stretch: Stretch): Sql => {
  const wanted = isWanted(stretch)
  return sql`shown as (
    select e.position, 'event' as shown, 'admin' as role, a.account_ids, null::bigint as ticket_number
    from looked e
    cross join (select array_agg(r.account_id) as account_ids from readers r where r.role = 'admin') a
    where a.account_ids is not null and ${wanted.event}
    union all
    select e.position, 'event', g.role, array_agg(g.account_id), null from looked e
    join placed t on t.ticket_number = e.ticket_number
    join sights g on g.ticket_number = e.ticket_number
    where ${wanted.event} and case g.role when 'customer' then ${readableBy.customer} else ${readableBy.staff} end
    group by e.position, g.role
    union all
    ${shownOfCatalogue(wanted.event)}
    union all
    select l.position, 'hidden', r.role, array_agg(l.account_id), l.ticket_number from lost l
    join readers r on r.account_id = l.account_id
    where l.is_sure and ${wanted.hidden}
    group by l.position, r.role, l.ticket_number
    union all
    select s.position, 'scope', r.role, array[r.account_id], null
    from (select e.position, r.account_id from looked e join readers r on ${isOwnScope} union ${readAnew}) s
    join readers r on r.account_id = s.account_id
    where ${wanted.scope})`
}

/**
 * What each of the accounts gets of a stretch of the log, with the tenant's last position, the last that was looked
 * at, and the epoch of the log, all of one moment. What an account may see is decided by its role, its category and
 * the tickets of that moment; whose an order is never changes. Of what is not shown itself nothing leaves the database.
 *
 * Measured with 200,000 events and tickets, a third of them one customer's, and 1,000 readers, of whom 50 are
 * admins: 20 positions take 75 ms, 200 take 190 ms, 2,000 take 1.5 s and give 117,000 rows; one technician needs 60
 * ms for 20 and 300 ms for 2,000. It reads some five rows for each position, all by index.
 */
export const listShownRows = async (
  db: Db,
  tenantId: number,
  accountIds: string[],
  stretch: Stretch,
): Promise<{ head: number; through: number; epoch: string; rows: ShownRow[] }> => {
  const found = await many(
    db,
    FramedRow,
    sql`with ${readersStep(tenantId, accountIds)}, ${frameStep(tenantId, stretch)},
      ${lookedStep(tenantId, stretch)}, ${namedStep}, ${placedStep(tenantId)}, ${sightsStep(tenantId)}, ${lostStep},
      ${shownStep(stretch)},
      given as (
        select s.position, s.shown, s.role as reader_role, s.account_ids, e.occurred_at, x.*,
          case s.role when 'customer' then ${isTakenBack} else false end as is_taken_back
        from shown s join looked e on e.position = s.position
        ${withAccountOfEach(sql`e.tenant_id`, sql`e.actor_id`)}
        cross join lateral (
          select e.type, e.subject_id, e.subject_version, e.actor_id, e.actor_role, a.name as actor_name, e.changes,
            e.details - ${withheldDetails}::text[] as details
          where s.shown = 'event'
          union all
          select 'ticket.hidden', public_id('TKT', s.ticket_number), null, null, 'system', null, '{}',
            jsonb_build_object('ticket_id', public_id('TKT', s.ticket_number))
          where s.shown = 'hidden'
          union all
          select 'scope.changed', s.account_ids[1], null, null, 'system', null, '{}', '{}'
          where s.shown = 'scope') x)
      select f.head, f.through, f.epoch, g.* from frame f left join given g on true
      order by g.position, g.shown, g.subject_id limit ${stretch.rows ?? null}`,
  )
  const [first] = found
  if (first === undefined) throw new Error(`the tenant ${tenantId} has no log`)
  const { head, through, epoch } = first
  return { head, through, epoch, rows: found.filter((row) => row.position !== null) }
}

const Sight = z.object({ account_id: z.string(), ticket_id: z.string() })

/** Which of the accounts see which of the tickets. */
export const listSights = (
  db: Db,
  tenantId: number,
  accountIds: string[],
  ticketIds: string[],
): Promise<z.output<typeof Sight>[]> =>
  many(
    db,
    Sight,
    sql`with ${readersStep(tenantId, accountIds)},
      named as materialized (select unnest(${ticketIds.map(numberOf)}::bigint[]) as ticket_number),
      ${placedStep(tenantId)}, ${sightsStep(tenantId)}
      select g.account_id, public_id('TKT', g.ticket_number) as ticket_id from sights g`,
  )
