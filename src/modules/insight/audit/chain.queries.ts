import { z } from 'zod'
import { type Db, many, one, planEachTime, sql } from '../../../platform/db/sql.ts'
import { BreakReason } from './chain.schemas.ts'

/** What a walk over consecutive events found: how far it came, and the first break. */
const Stretch = z.object({
  walked: z.int(),
  verified: z.int(),
  erased: z.int(),
  last_position: z.int().nullable(),
  last_hash: z.string().nullable(),
  /** Whether the event before the walk exists. True at the start of the chain. */
  has_start: z.boolean(),
  head_position: z.int(),
  head_hash: z.string().nullable(),
  broken_position: z.int().nullable(),
  broken_event_id: z.int().nullable(),
  reason: BreakReason.nullable(),
})
export type Stretch = z.output<typeof Stretch>

/** The lowest bigint, so that events with positions below 1 are found as well. */
const lowest = '-9223372036854775808'

/**
 * Walks at most `limit` events after a position. Each event is checked against the stored hash of the event before it,
 * so that a break is found where it is, and not again at each later event. The head is read in the same snapshot.
 * Hashes are in hexadecimal.
 */
export const walkChain = (db: Db, tenantId: number, after: number, limit: number): Promise<Stretch> =>
  one(
    db,
    Stretch,
    planEachTime(sql`with start as (
          select e.hash from events e where e.tenant_id = ${tenantId} and e.position = ${after}::bigint),
        stretch as materialized (
          select s.*, ${after}::bigint + row_number() over (order by s.position) as expected,
            case row_number() over (order by s.position) when 1 then (select b.hash from start b)
              else lag(s.hash) over (order by s.position) end as previous
          from (
            select e.tenant_id, e.position, e.event_id, e.type, e.subject_id, e.subject_version, e.actor_id,
              e.actor_role, e.request_id, e.quiet, e.occurred_at, e.changes, e.details, e.content_salt,
              e.content_digest, e.hash, e.blanked_by
            from events e
            where e.tenant_id = ${tenantId}
              and e.position > case when ${after}::bigint = 0 then ${lowest}::bigint else ${after}::bigint end
            order by e.position limit ${limit}) s),
        judged as materialized (
          select s.position, s.expected, s.hash, s.content_salt,
            case
              when s.position > s.expected then 'missing'
              when s.position < s.expected then 'inserted'
              when s.hash is distinct from event_hash(s.previous, event_chain_start(s.tenant_id),
                event_canonical(s.tenant_id, s.position, s.event_id, s.type, s.subject_id, s.subject_version,
                  s.actor_id, s.actor_role, s.request_id, s.quiet, s.occurred_at, s.content_digest)) then 'hash'
              when s.content_salt is not null
                and s.content_digest is distinct from event_content_digest(s.content_salt, s.changes, s.details)
                then 'content'
              when s.content_salt is null and (s.changes <> '{}' or s.details <> '{}') then 'content'
              when s.content_salt is null and not exists (
                select from events r
                where r.tenant_id = s.tenant_id and r.event_id = s.blanked_by and r.event_id > s.event_id
                  and r.type = 'event.blanked' and r.details ->> 'event_id' = s.event_id::text) then 'content'
            end as reason
          from stretch s),
        broken as (
          select case when j.reason = 'missing' then j.expected else j.position end as position,
            case when j.reason <> 'missing' then j.position end as event_id, j.reason, j.expected
          from judged j where j.reason is not null order by j.position limit 1),
        sound as materialized (
          select j.position, j.hash, j.content_salt from judged j
          where not exists (select from broken b where b.expected <= j.expected))
        select (select count(*) from judged) as walked, (select count(*) from sound) as verified,
          (select count(*) from sound s where s.content_salt is null) as erased,
          (select max(s.position) from sound s) as last_position,
          encode(coalesce((select s.hash from sound s order by s.position desc limit 1), (select s.hash from start s)),
            'hex') as last_hash,
          ${after}::bigint = 0 or exists (select from start) as has_start,
          coalesce(h.position, 0) as head_position, encode(h.hash, 'hex') as head_hash,
          b.position as broken_position, b.event_id as broken_event_id, b.reason
        from (select) nothing
        left join event_heads h on h.tenant_id = ${tenantId}
        left join broken b on true`),
  )

const Anchor = z.object({ tenant: z.string(), position: z.int(), hash: z.string() })
/** A hash of an event that was noted outside the database. */
export type Anchor = z.output<typeof Anchor>

/** The anchors whose event is missing, or has another hash than was noted. */
export const findBrokenAnchors = (db: Db, anchors: Anchor[]): Promise<Anchor[]> =>
  many(
    db,
    Anchor,
    sql`select a.tenant, a.position, a.hash
        from unnest(${anchors.map(({ tenant }) => tenant)}::text[],
          ${anchors.map(({ position }) => position)}::bigint[], ${anchors.map(({ hash }) => hash)}::text[])
          as a (tenant, position, hash)
        left join tenants t on t.slug = a.tenant
        left join events e on e.tenant_id = t.tenant_id and e.position = a.position
        where encode(e.hash, 'hex') is distinct from a.hash
        order by a.tenant, a.position`,
  )

const Tenant = z.object({ tenant_id: z.int(), slug: z.string() })

export const listTenants = (db: Db): Promise<z.output<typeof Tenant>[]> =>
  many(db, Tenant, sql`select t.tenant_id, t.slug from tenants t order by t.slug`)
