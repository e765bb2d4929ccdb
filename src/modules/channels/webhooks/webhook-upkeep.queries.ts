import { z } from 'zod'
import { type Db, exec, many, planEachTime, sql } from '../../../platform/db/sql.ts'
import type { HeldKey } from './webhook-claims.queries.ts'

/** How long deliveries are kept, waiting or not. Those that are held since a restore stay. */
const keptDays = 30

/** Deletes at most `limit` deliveries that are a month old, with their attempts. */
export const deleteOldDeliveries = (db: Db, limit: number): Promise<number> =>
  exec(
    db,
    sql`delete from webhook_deliveries d where d.ctid = any (array(
          select o.ctid from webhook_deliveries o
          where o.created_at < now() - make_interval(days => ${keptDays}) and o.state <> 'held'
          order by o.created_at limit ${limit} for update skip locked))`,
  )

/** Deletes at most `limit` deliveries of deleted webhooks, with their attempts. */
export const deleteDeliveriesOfDeleted = (db: Db, limit: number): Promise<number> =>
  exec(
    db,
    planEachTime(sql`delete from webhook_deliveries d where d.ctid = any (array(
          select o.ctid from webhooks h
          cross join lateral (
            select o.ctid from webhook_deliveries o
            where o.tenant_id = h.tenant_id and o.webhook_number = h.webhook_number order by o.position limit ${limit} for update skip locked) o
          where h.deleted_at is not null limit ${limit}))`),
  )

/** Deletes at most `limit` rows of deleted webhooks that have no delivery any more, and that no process has. */
export const deleteEmptyWebhooks = (db: Db, limit: number): Promise<number> =>
  exec(
    db,
    sql`delete from webhooks d where d.ctid = any (array(
          select h.ctid from webhooks h
          where h.deleted_at < now() - interval '10 minutes' and h.holder is null and not exists (
            select from webhook_deliveries o
            where o.tenant_id = h.tenant_id and o.webhook_number = h.webhook_number)
          limit ${limit} for update skip locked))`,
  )

const Key = z.object({ tenant_id: z.int(), webhook_number: z.int() })

/** At most `limit` enabled webhooks whose owners are not active, or not of the staff any more. */
export const listOwnerless = (db: Db, limit: number): Promise<HeldKey[]> =>
  many(
    db,
    Key,
    sql`select h.tenant_id, h.webhook_number from webhooks h
        join accounts o on o.tenant_id = h.tenant_id and o.account_id = h.owner_id
        where h.state = 'enabled' and h.deleted_at is null and (o.status = 'deactivated' or o.role = 'customer')
        limit ${limit}`,
  )

const Sealed = z.object({
  tenant_id: z.int(),
  webhook_number: z.int(),
  secret: z.string(),
  previous_secret: z.string().nullable(),
})

/** At most `limit` webhooks with a secret that another key than the newest has sealed. */
export const listSealedByOlder = (db: Db, keyId: string, limit: number): Promise<z.output<typeof Sealed>[]> =>
  many(
    db,
    Sealed,
    sql`select h.tenant_id, h.webhook_number, h.secret, h.previous_secret from webhooks h
        where h.deleted_at is null
          and (not starts_with(h.secret, ${`${keyId}.`}) or not starts_with(h.previous_secret, ${`${keyId}.`}))
        limit ${limit}`,
  )

/** Puts the same secrets, sealed anew, in the place of those that were read. */
export const replaceSealed = (
  db: Db,
  before: z.output<typeof Sealed>,
  after: { secret: string; previous_secret: string | null },
): Promise<number> =>
  exec(
    db,
    sql`update webhooks h set secret = ${after.secret}, previous_secret = ${after.previous_secret}
        where h.tenant_id = ${before.tenant_id} and h.webhook_number = ${before.webhook_number}
          and h.secret = ${before.secret} and h.previous_secret is not distinct from ${before.previous_secret}`,
  )

/** Forgets at most `limit` earlier secrets whose time is over. */
export const forgetEndedSecrets = (db: Db, limit: number): Promise<number> =>
  exec(
    db,
    sql`update webhooks w set previous_secret = null, previous_until = null where w.ctid = any (array(
          select h.ctid from webhooks h where h.previous_until < now() limit ${limit} for update skip locked))`,
  )
