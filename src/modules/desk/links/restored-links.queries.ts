import { z } from 'zod'
import { LinkKind } from '../../../contract/enums.ts'
import { exec, many, one, type Sql, sql, type Tx } from '../../../platform/db/sql.ts'
import { linkColumns } from './links.steps.ts'
import type { LinksAround, StoredLink } from './links-that-fit.ts'

const AsideLink = z.object({
  kind: LinkKind,
  ticket_number: z.int(),
  other_number: z.int(),
  ticket_id: z.string(),
  other_id: z.string(),
  /** Whether a ticket of the link is deleted, and whether one can no longer be restored. */
  is_waiting: z.boolean(),
  is_lost: z.boolean(),
})
export type AsideLink = z.output<typeof AsideLink>

/** The links that were set aside with tickets. */
export const listLinksAside = (tx: Tx, tenantId: number, numbers: number[]): Promise<AsideLink[]> =>
  many(
    tx,
    AsideLink,
    sql`select l.kind, l.ticket_number, l.other_number, a.ticket_id, b.ticket_id as other_id,
          a.deleted_at is not null or b.deleted_at is not null as is_waiting,
          a.gone_at is not null or b.gone_at is not null as is_lost
        from deleted_links l
        join tickets a on a.tenant_id = l.tenant_id and a.ticket_number = l.ticket_number
        join tickets b on b.tenant_id = l.tenant_id and b.ticket_number = l.other_number
        where l.tenant_id = ${tenantId}
          and (l.ticket_number = any (${numbers}::bigint[]) or l.other_number = any (${numbers}::bigint[]))
        order by l.ticket_number, l.kind, l.other_number`,
  )

const Edge = z.tuple([z.int(), z.int()])
const Surroundings = z.object({ parents: z.array(Edge), duplicates: z.array(Edge), counts: z.array(Edge) })

/**
 * What decides whether links of these tickets can come back: the parents of the tickets and of those above them, up to
 * `depth` levels; the duplicates among the tickets; and how many links each ticket has.
 */
export const findLinksAround = (tx: Tx, tenantId: number, numbers: number[], depth: number): Promise<LinksAround> =>
  one(
    tx,
    Surroundings,
    sql`with recursive wanted (number) as materialized (select n.number from unnest(${numbers}::bigint[]) as n (number)),
        line (number, depth) as (
          select w.number, 1 from wanted w
          union
          select l.other_number, a.depth + 1 from line a
          join ticket_links l on l.tenant_id = ${tenantId} and l.ticket_number = a.number and l.kind = 'parent'
          where a.depth < ${depth})
        select
          (select coalesce(json_agg(distinct jsonb_build_array(l.ticket_number, l.other_number)), '[]') from line a
            join ticket_links l on l.tenant_id = ${tenantId} and l.ticket_number = a.number and l.kind = 'parent') as parents,
          (select coalesce(json_agg(jsonb_build_array(l.ticket_number, l.other_number)), '[]') from wanted w
            join ticket_links l on l.tenant_id = ${tenantId} and l.ticket_number = w.number and l.kind = 'duplicate'
            where l.other_number = any (${numbers}::bigint[])) as duplicates,
          (select coalesce(json_agg(jsonb_build_array(w.number,
              (select count(*) from ticket_links l where l.tenant_id = ${tenantId} and l.ticket_number = w.number)
              + (select count(*) from ticket_links l where l.tenant_id = ${tenantId} and l.other_number = w.number))), '[]')
            from wanted w) as counts`,
  )

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
