import { z } from 'zod'
import { withheldDetails } from '../../../contract/events.ts'
import { type Db, many, one, planForBatch, type Sql, sql } from '../../../platform/db/sql.ts'
import { presentEpoch } from '../../../platform/events/log-epoch.ts'
import { RelayedEvent } from './relay.schemas.ts'

const Head = z.object({ tenant_id: z.int(), slug: z.string(), position: z.int(), epoch: z.string() })
/** How far the log of a tenant goes, in the present epoch. */
export type Head = z.output<typeof Head>

/** What the relay knows of the stream: in which epoch, and the last position of each tenant that the stream has. */
export interface Known {
  epoch: string | null
  reached: Map<number, number>
}

/** The heads of all tenants `h`, with the position `k` that the stream has; none of them in another epoch. */
const headsAndKnown = ({ epoch, reached }: Known): Sql => sql`event_heads h
  left join unnest(${[...reached.keys()]}::integer[], ${[...reached.values()]}::bigint[])
    as k (tenant_id, position) on k.tenant_id = h.tenant_id and ${epoch}::text = ${presentEpoch}`

/**
 * Tenants whose log goes further than the stream, at most `limit`, in turns: first those behind the tenant `after`. In
 * another epoch than the known one it is all of them, because their positions may be those of other events.
 */
export const listTenantsBehind = (db: Db, known: Known, after: number, limit: number): Promise<Head[]> =>
  many(
    db,
    Head,
    planForBatch(
      sql`select h.tenant_id, t.slug, h.position, ${presentEpoch} as epoch
        from ${headsAndKnown(known)}
        join tenants t on t.tenant_id = h.tenant_id
        where h.position > coalesce(k.position, 0)
        order by h.tenant_id <= ${after}::integer, h.tenant_id limit ${limit}`,
      known.reached.size,
    ),
  )

/** A tenant, and the last of its positions that the stream has. */
export interface Reached {
  tenantId: number
  position: number
}

/** The next events of tenants in the order of their logs, at most `each` of a tenant. */
export const readNextEvents = (db: Db, reached: Reached[], each: number): Promise<RelayedEvent[]> =>
  many(
    db,
    RelayedEvent,
    planForBatch(
      sql`select e.*
        from unnest(${reached.map(({ tenantId }) => tenantId)}::integer[],
          ${reached.map(({ position }) => position)}::bigint[]) with ordinality as k (tenant_id, position, place)
        join tenants t on t.tenant_id = k.tenant_id
        cross join lateral (
          select e.tenant_id, t.slug, ${presentEpoch} as epoch, e.position, e.type, e.subject_id, e.subject_version,
            e.actor_id, e.actor_role, e.occurred_at, e.blanked_by is not null as is_blanked, e.changes,
            e.details - ${withheldDetails}::text[] as details
          from events e
          where e.tenant_id = k.tenant_id and e.position > k.position
          order by e.position limit ${each}) e
        order by k.place, e.position`,
      reached.length,
    ),
  )

const Lag = z.object({ seconds: z.number(), is_known: z.boolean() })

/**
 * How old the oldest event is that is not in the stream, in seconds; 0 when all are. Null while there is a tenant with
 * events of which the relay does not know how far the stream has it.
 */
export const relayLagSeconds = async (db: Db, known: Known): Promise<number | null> => {
  const { seconds, is_known } = await one(
    db,
    Lag,
    planForBatch(
      sql`select coalesce(extract(epoch from now() - min(e.occurred_at)), 0)::float8 as seconds,
          coalesce(bool_and(h.is_known), true) as is_known
        from (
          select h.tenant_id, k.position as reached, k.position is not null as is_known
          from ${headsAndKnown(known)}
          where h.position > coalesce(k.position, 0)) h
        left join lateral (
          select e.occurred_at from events e
          where e.tenant_id = h.tenant_id and e.position > h.reached
          order by e.position limit 1) e on true`,
      known.reached.size,
    ),
  )
  return is_known ? seconds : null
}
