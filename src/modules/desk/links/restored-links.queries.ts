import { z } from 'zod'
import { LinkKind } from '../../../contract/enums.ts'
import { exec, many, one, planEachTime, type Sql, sql, type Tx } from '../../../platform/db/sql.ts'
import { isUnresolvedSql } from '../tickets/tickets.steps.ts'
import { countLinksOf } from './hierarchy.queries.ts'
import { childrenOf, linkColumns, parentsOf } from './links.steps.ts'
import type { LinksAround, StoredLink } from './links-that-fit.ts'

const AsideLink = z.object({
  kind: LinkKind,
  ticket_number: z.int(),
  other_number: z.int(),
  ticket_id: z.string(),
  other_id: z.string(),
  /** The final targets of the two tickets. */
  ticket_target: z.int(),
  other_target: z.int(),
  /** Whether a ticket of the link is deleted, and whether one can no longer be restored. */
  is_waiting: z.boolean(),
  is_lost: z.boolean(),
  is_open_below_closed: z.boolean(),
})
export type AsideLink = z.output<typeof AsideLink>

/** The links that were set aside with tickets. */
export const listLinksAside = (tx: Tx, tenantId: number, numbers: number[]): Promise<AsideLink[]> =>
  many(
    tx,
    AsideLink,
    planEachTime(sql`select l.kind, l.ticket_number, l.other_number, a.ticket_id, b.ticket_id as other_id,
          t.ticket_number as ticket_target, p.ticket_number as other_target,
          a.deleted_at is not null or b.deleted_at is not null as is_waiting,
          a.gone_at is not null or b.gone_at is not null as is_lost,
          l.kind = 'parent' and p.status = 'closed' and ${isUnresolvedSql} as is_open_below_closed
        from deleted_links l
        join tickets a on a.tenant_id = l.tenant_id and a.ticket_number = l.ticket_number
        join tickets b on b.tenant_id = l.tenant_id and b.ticket_number = l.other_number
        join tickets t on t.tenant_id = a.tenant_id
          and t.ticket_number = coalesce(a.final_target_number, a.ticket_number)
        join tickets p on p.tenant_id = b.tenant_id
          and p.ticket_number = coalesce(b.final_target_number, b.ticket_number)
        where l.tenant_id = ${tenantId}
          and (l.ticket_number = any (${numbers}::bigint[]) or l.other_number = any (${numbers}::bigint[]))
        order by l.ticket_number, l.kind, l.other_number`),
  )

const Pair = z.tuple([z.int(), z.int()])
const Surroundings = z.object({
  parents: z.array(Pair),
  counts: z.array(Pair),
  children: z.array(z.int()),
})

/**
 * What decides whether links can come back. At most `limit` conversations above those of the links are looked at, and
 * as many below.
 */
export const findLinksAround = (tx: Tx, tenantId: number, links: AsideLink[], limit: number): Promise<LinksAround> => {
  const tickets = links.flatMap(({ ticket_number, other_number }) => [ticket_number, other_number])
  const targets = links.flatMap(({ ticket_target, other_target }) => [ticket_target, other_target])
  return one(
    tx,
    Surroundings,
    sql`with recursive wanted (number) as materialized (select distinct n.number from unnest(${targets}::bigint[]) as n (number)),
        line (number) as (
          select w.number from wanted w
          union
          select p.number from line a cross join lateral (${parentsOf(tenantId, sql`a.number`)}) p),
        above as materialized (select a.number from line a limit ${limit}),
        line_down (number) as (
          select w.number from wanted w
          union
          select k.number from line_down b cross join lateral (${childrenOf(tenantId, sql`b.number`)}) k),
        below as materialized (select b.number from line_down b limit ${limit})
        select
          (select coalesce(json_agg(distinct jsonb_build_array(a.number, p.number)), '[]')
            from (select * from above union select * from below) a
            cross join lateral (${parentsOf(tenantId, sql`a.number`)}) p) as parents,
          (select coalesce(json_agg(jsonb_build_array(w.number, (${countLinksOf(tenantId, sql`w.number`)}))), '[]')
            from wanted w) as counts,
          (select coalesce(json_agg(l.ticket_number), '[]') from ticket_links l
            where l.tenant_id = ${tenantId} and l.ticket_number = any (${tickets}::bigint[]) and l.kind = 'parent') as children`,
  )
}

const asTable = (links: StoredLink[]): Sql =>
  sql`unnest(${links.map(({ kind }) => kind)}::text[], ${links.map(({ ticket_number }) => ticket_number)}::bigint[],
    ${links.map(({ other_number }) => other_number)}::bigint[]) as k (kind, ticket_number, other_number)`

/** Puts links back that were set aside, and forgets those that cannot come back. */
export const moveLinksBack = (tx: Tx, tenantId: number, restored: StoredLink[], lost: StoredLink[]): Promise<number> =>
  exec(
    tx,
    sql`with taken as (
          delete from deleted_links l using ${asTable([...restored, ...lost])}
          where l.tenant_id = ${tenantId} and l.ticket_number = k.ticket_number and l.kind = k.kind
            and l.other_number = k.other_number
          returning l.*)
        insert into ticket_links (${linkColumns})
        select ${linkColumns} from taken l
        where exists (
          select from ${asTable(restored)}
          where k.ticket_number = l.ticket_number and k.kind = l.kind and k.other_number = l.other_number)`,
  )
