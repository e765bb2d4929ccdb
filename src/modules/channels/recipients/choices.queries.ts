import { z } from 'zod'
import { defaultWay, NotificationKind, NotificationWay } from '../../../contract/notification-kinds.ts'
import { type Db, exec, one, type Sql, sql, type Tx } from '../../../platform/db/sql.ts'
import { timestamp } from '../../../platform/schemas.ts'
import type { User } from '../../identity/accounts/actor.ts'
import { zoneOfPerson } from '../../identity/tenants/tenant-settings.steps.ts'
import { digestHourOf, nextDigest } from './digest-times.steps.ts'

const Chosen = z.object({
  ways: z.partialRecord(NotificationKind, NotificationWay),
  digest_hour: z.int(),
  time_zone: z.string(),
  next_hourly_at: timestamp,
  next_daily_at: timestamp,
  /** How many events wait for digests. */
  waiting: z.int(),
  /** Whether nobody has confirmed the address of the customer. */
  is_unconfirmed: z.boolean(),
})
export type Chosen = z.output<typeof Chosen>

/** Up to how many events that wait for digests are counted. */
const waitingCounted = 1_000

const zone = (byDefault: string): Sql => zoneOfPerson(sql`a.time_zone`, sql`a.tenant_id`, byDefault)

/**
 * What an account has chosen, with the time zone that holds for it, when its next digests are due, and what waits
 * for them. Who asks for the ways only needs no `zoneByDefault`.
 */
export const getChosen = (
  db: Db,
  { tenantId, accountId }: Pick<User, 'tenantId' | 'accountId'>,
  zoneByDefault = 'UTC',
): Promise<Chosen> =>
  one(
    db,
    Chosen,
    sql`select
          (select coalesce(jsonb_object_agg(c.kind, c.way), '{}') from notification_choices c
            where c.tenant_id = a.tenant_id and c.account_id = a.account_id) as ways,
          ${digestHourOf(sql`a.tenant_id`, sql`a.account_id`)} as digest_hour, ${zone(zoneByDefault)} as time_zone,
          ${nextDigest(sql`'daily'`, sql`a.tenant_id`, sql`a.account_id`, zone(zoneByDefault))} as next_daily_at,
          ${nextDigest(sql`'hourly'`, sql`a.tenant_id`, sql`a.account_id`, zone(zoneByDefault))} as next_hourly_at,
          (select count(*) from (
            select from digest_items i where i.tenant_id = a.tenant_id and i.account_id = a.account_id
            limit ${waitingCounted}) i)::integer as waiting,
          a.role = 'customer' and a.email_confirmed_at is null as is_unconfirmed
        from accounts a
        where a.tenant_id = ${tenantId} and a.account_id = ${accountId}`,
  )

/** Writes the ways of some kinds. What is the default is not kept. */
export const writeWays = async (
  tx: Tx,
  { tenantId, accountId }: Pick<User, 'tenantId' | 'accountId'>,
  ways: [NotificationKind, NotificationWay][],
): Promise<void> => {
  const kinds = ways.map(([kind]) => kind)
  const chosen = ways.map(([, way]) => way)
  await exec(
    tx,
    sql`with asked as (select * from unnest(${kinds}::text[], ${chosen}::text[]) as k (kind, way)),
        dropped as (
          delete from notification_choices c using asked k
          where c.tenant_id = ${tenantId} and c.account_id = ${accountId} and c.kind = k.kind and k.way = ${defaultWay})
        insert into notification_choices (tenant_id, account_id, kind, way)
        select ${tenantId}::integer, ${accountId}, k.kind, k.way from asked k where k.way <> ${defaultWay}
        on conflict (tenant_id, account_id, kind) do update set way = excluded.way`,
  )
}

/** Writes the hour of the daily digest of an account. */
export const writeDigestHour = (
  tx: Tx,
  { tenantId, accountId }: Pick<User, 'tenantId' | 'accountId'>,
  hour: number,
): Promise<number> =>
  exec(
    tx,
    sql`insert into digest_hours (tenant_id, account_id, hour) values (${tenantId}, ${accountId}, ${hour})
        on conflict (tenant_id, account_id) do update set hour = excluded.hour`,
  )

/** Forgets the hour of the daily digest of an account, so that it is the usual one. */
export const forgetDigestHour = (tx: Tx, { tenantId, accountId }: Pick<User, 'tenantId' | 'accountId'>) =>
  exec(tx, sql`delete from digest_hours h where h.tenant_id = ${tenantId} and h.account_id = ${accountId}`)
