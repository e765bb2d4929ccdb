import { z } from 'zod'
import { type Db, exec, one, type Sql, sql, type Tx } from '../../../platform/db/sql.ts'
import { numberOf } from '../../../platform/schemas.ts'
import type { Actor } from '../../identity/accounts/actor.ts'
import { visibleTickets } from '../tickets/tickets.policy.ts'
import { conversationAt } from '../tickets/tickets.steps.ts'
import { childrenOf, parentsOf } from './links.steps.ts'

/** Locks the hierarchy of a tenant until the transaction ends. */
export const lockTenantHierarchy = async (tx: Tx, tenantId: number): Promise<void> => {
  await exec(tx, sql`select from tenants t where t.tenant_id = ${tenantId} for no key update`)
}

const Levels = z.object({ above: z.int(), below: z.int() })
export type Levels = z.output<typeof Levels>

/**
 * How many levels of conversations a final target has above and below, with its own level in both, each at most
 * `depth`. At most `limit` conversations are looked at in each direction, level by level.
 */
export const findLevels = (
  tx: Tx,
  tenantId: number,
  ticketId: string,
  { depth, limit }: { depth: number; limit: number },
): Promise<Levels> =>
  one(
    tx,
    Levels,
    sql`with recursive up (number, level) as (
          select ${numberOf(ticketId)}::bigint, 1
          union
          select p.number, u.level + 1 from up u
          cross join lateral (${parentsOf(tenantId, sql`u.number`)}) p
          where u.level < ${depth}),
        down (number, level) as (
          select ${numberOf(ticketId)}::bigint, 1
          union
          select k.number, d.level + 1 from down d
          cross join lateral (${childrenOf(tenantId, sql`d.number`)}) k
          where d.level < ${depth})
        select (select max(u.level) from (select u.level from up u limit ${limit}) u) as above,
          (select max(d.level) from (select d.level from down d limit ${limit}) d) as below`,
  )

const WayUp = z.object({
  is_found: z.boolean(),
  via: z.string().nullable(),
  count: z.int(),
})

/**
 * Searches the hierarchy of conversations for a way up, from a ticket that is not merged to another or back to itself.
 * `via` is the first ticket on the way, if the actor sees it. `count`: how many steps were looked at, up to `limit`.
 */
export const findWayUp = (
  db: Db,
  actor: Actor,
  fromId: string,
  toId: string,
  limit: number,
): Promise<z.output<typeof WayUp>> => {
  const from = sql`${numberOf(fromId)}::bigint`
  return one(
    db,
    WayUp,
    sql`with recursive line (number, via) as (
          select p.number, p.number from (${parentsOf(actor.tenantId, from)}) p
          union
          select p.number, a.via from line a
          cross join lateral (${parentsOf(actor.tenantId, sql`a.number`)}) p
          where a.number <> ${numberOf(toId)}),
        steps as materialized (select a.number, a.via from line a limit ${limit}),
        found as (select s.via from steps s where s.number = ${numberOf(toId)} order by s.via limit 1)
        select exists (select from found) as is_found, (select count(*) from steps) as count,
          (select t.ticket_id from found f
            cross join lateral (
              select t.ticket_id from tickets t
              where t.tenant_id = ${actor.tenantId} and t.ticket_number = f.via and ${visibleTickets(actor)} limit 1) t
          ) as via`,
  )
}

const Count = z.object({ count: z.int() })

/** How many links the tickets of a conversation have: a query. A link inside the conversation counts twice. */
export const countLinksOf = (tenantId: number, finalTarget: Sql): Sql => sql`
  select coalesce(sum(n.own + n.others), 0)::integer as count
  from (${conversationAt(sql`${tenantId}`, finalTarget)}) c
  cross join lateral (
    select
      (select count(*) from ticket_links l
        where l.tenant_id = ${tenantId} and l.ticket_number = c.ticket_number) as own,
      (select count(*) from ticket_links l
        where l.tenant_id = ${tenantId} and l.other_number = c.ticket_number) as others) n`

/** How many links the tickets of a conversation have. */
export const countLinks = async (db: Db, tenantId: number, ticketId: string): Promise<number> => {
  const { count } = await one(db, Count, countLinksOf(tenantId, sql`${numberOf(ticketId)}::bigint`))
  return count
}
