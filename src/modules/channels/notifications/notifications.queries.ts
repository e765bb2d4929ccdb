import { z } from 'zod'
import { ActorRole } from '../../../contract/enums.ts'
import { NotificationKind } from '../../../contract/notification-kinds.ts'
import {
  type Db,
  exec,
  join,
  many,
  nothing,
  one,
  planEachTime,
  type Sql,
  sql,
  type Tx,
} from '../../../platform/db/sql.ts'
import { timestamp } from '../../../platform/schemas.ts'
import { withAccountOfEach } from '../../identity/accounts/accounts.steps.ts'
import type { User } from '../../identity/accounts/actor.ts'
import { reasons } from '../recipients/tellings.ts'
import { isSeen, withEventOfEach } from './notifications.policy.ts'
import { countedAtMost } from './notifications.schemas.ts'

/** A place in the list: what is unread comes first, then the newest. */
export interface NotificationPlace {
  is_read: boolean
  position: number
}

const Row = z.object({
  is_read: z.boolean(),
  position: z.int(),
  kind: NotificationKind,
  reason: z.enum(reasons),
  type: z.string(),
  ticket_id: z.string().nullable(),
  subject: z.string().nullable(),
  actor_id: z.string().nullable(),
  actor_name: z.string().nullable(),
  actor_role: ActorRole,
  created_at: timestamp,
  read_at: timestamp.nullable(),
})
export type NotificationRow = z.output<typeof Row>

/** The last place that was looked at, when the look ended there and not with the list. */
const Looked = z.object({ ended_at: z.object({ is_read: z.boolean(), position: z.int() }).nullable() })

export interface NotificationFilter {
  unread?: boolean
  kind?: NotificationKind
}

/** How many notifications a page of `limit` looks at, because some may be out of sight by now. */
const lookedAtMost = (limit: number): number => Math.max(250, 10 * limit)

/** A time as the API writes it, within JSON. */
const textOf = (time: Sql): Sql => sql`to_char(${time} at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"')`

/** A part of the list: the unread, or the read notifications `n`, newest first. Each is in the order of an index. */
const part = (
  { tenantId, accountId }: User,
  isRead: boolean,
  kind: string | undefined,
  before: number | null,
  looked: number,
): Sql =>
  sql`(select ${isRead}::boolean as is_read, n.* from notifications n
    where n.tenant_id = ${tenantId} and n.account_id = ${accountId}
      and ${isRead ? sql`n.read_at is not null` : sql`n.read_at is null`}
      ${kind === undefined ? nothing : sql`and n.kind = ${kind}`}
      ${before === null ? nothing : sql`and n.position < ${before}::bigint`}
    order by n.position desc limit ${looked})`

/** The parts of the list after a place. */
const partsOf = (
  actor: User,
  { unread, kind }: NotificationFilter,
  after: NotificationPlace | null,
  looked: number,
): Sql[] => [
  ...(after?.is_read === true ? [] : [part(actor, false, kind, after?.position ?? null, looked)]),
  ...(unread === true ? [] : [part(actor, true, kind, after?.is_read === true ? after.position : null, looked)]),
]

const Page = Looked.extend({ rows: z.array(Row) })

/**
 * At most `limit + 1` of the notifications of an account that it sees now, after a place. At most `lookedAtMost` are
 * looked at, by indexes; `ended_at` is the last of them when there may be more.
 */
export const listNotifications = (
  db: Db,
  actor: User,
  filter: NotificationFilter,
  { limit, after }: { limit: number; after: NotificationPlace | null },
): Promise<z.output<typeof Page>> => {
  const most = lookedAtMost(limit)
  const parts = partsOf(actor, filter, after, most)
  if (parts.length === 0) return Promise.resolve({ ended_at: null, rows: [] })
  const statement = sql`with looked as materialized (
          select p.* from (${join(parts, ' union all ')}) p
          order by p.is_read, p.position desc limit ${most}),
        seen as (
          select n.is_read, n.position, n.kind, n.reason, e.type, t.ticket_id, t.subject, e.actor_id, a.name as actor_name,
            e.actor_role, ${textOf(sql`e.occurred_at`)} as created_at, ${textOf(sql`n.read_at`)} as read_at
          from looked n ${withEventOfEach} ${withAccountOfEach(sql`e.tenant_id`, sql`e.actor_id`)}
          where ${isSeen}
          order by n.is_read, n.position desc limit ${limit + 1})
        select (
            select jsonb_build_object('is_read', l.is_read, 'position', l.position) from looked l
            where (select count(*) from looked) = ${most}
            order by l.is_read desc, l.position limit 1) as ended_at,
          (select coalesce(jsonb_agg(to_jsonb(s) order by s.is_read, s.position desc), '[]') from seen s) as rows`
  // Few notifications are of most of the kinds. For all values the planner would look through those of all kinds.
  return one(db, Page, filter.kind === undefined ? statement : planEachTime(statement))
}

const Unread = z.object({ account_id: z.string(), unread: z.int(), unread_is_exact: z.boolean() })

/**
 * How many unread notifications each of some accounts sees now, of its newest `countedAtMost` unread ones. So many rows
 * are read, by an index, however many there are.
 */
export const countUnread = (db: Db, tenantId: number, accountIds: string[]): Promise<z.output<typeof Unread>[]> =>
  many(
    db,
    Unread,
    sql`select k.account_id, c.unread::integer, c.looked <= ${countedAtMost} as unread_is_exact
        from unnest(${accountIds}::text[]) as k (account_id)
        cross join lateral (
          select count(*) as looked,
            count(*) filter (where n.place <= ${countedAtMost} and ${isSeen}) as unread
          from (
            select n.*, row_number() over (order by n.position desc) as place from notifications n
            where n.tenant_id = ${tenantId} and n.account_id = k.account_id and n.read_at is null
            order by n.position desc limit ${countedAtMost + 1}) n
          ${withEventOfEach}) c`,
  )

/** Marks notifications of an account as read, by their positions. */
export const markRead = (tx: Tx, { tenantId, accountId }: User, positions: number[]): Promise<number> =>
  exec(
    tx,
    sql`update notifications n set read_at = now()
        where n.tenant_id = ${tenantId} and n.position = any (${positions}::bigint[]) and n.account_id = ${accountId}
          and n.read_at is null`,
  )

/** Marks the newest `limit` unread notifications of an account as read, from a position on downwards. */
export const markReadUpTo = (tx: Tx, { tenantId, accountId }: User, position: number, limit: number): Promise<number> =>
  exec(
    tx,
    sql`update notifications n set read_at = now() where n.ctid = any (array(
          select o.ctid from notifications o
          where o.tenant_id = ${tenantId} and o.account_id = ${accountId} and o.read_at is null
            and o.position <= ${position}::bigint
          order by o.position desc limit ${limit} for update))`,
  )

/** Deletes at most `limit` notifications that are older than `days`. */
export const deleteOldNotifications = (db: Db, days: number, limit: number): Promise<number> =>
  exec(
    db,
    sql`delete from notifications n where n.ctid = any (array(
          select o.ctid from notifications o where o.created_at < now() - make_interval(days => ${days}::integer)
          order by o.created_at limit ${limit} for update skip locked))`,
  )
