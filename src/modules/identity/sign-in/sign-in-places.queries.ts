import { type Db, exec, sql, type Tx } from '../../../platform/db/sql.ts'

/** How many places of an account are remembered. */
const mostPlaces = 20

/**
 * Remembers that an account signed in from a place, when that is not known for today, and forgets the places that are
 * too many. The caller has locked the account.
 */
export const upsertPlace = (tx: Tx, tenantId: number, accountId: string, place: Buffer): Promise<number> =>
  exec(
    tx,
    sql`with surplus as (
          select o.place from sign_in_places o
          where o.tenant_id = ${tenantId} and o.account_id = ${accountId} and o.place <> ${place}
          order by o.signed_in_at desc offset ${mostPlaces - 1}),
        forgotten as (
          delete from sign_in_places p using surplus s
          where p.tenant_id = ${tenantId} and p.account_id = ${accountId} and p.place = s.place)
        insert into sign_in_places as p (tenant_id, account_id, place)
        select ${tenantId}, ${accountId}, ${place}
        where not exists (
          select from sign_in_places k
          where k.tenant_id = ${tenantId} and k.account_id = ${accountId} and k.place = ${place}
            and k.signed_in_at > now() - interval '1 day')
        on conflict (tenant_id, account_id, place) do update set signed_in_at = excluded.signed_in_at`,
  )

/** Deletes at most `limit` places where nobody signed in within 30 days. */
export const deleteOldPlaces = (db: Db, limit: number): Promise<number> =>
  exec(
    db,
    sql`delete from sign_in_places p where p.ctid = any (array(
          select o.ctid from sign_in_places o
          where o.signed_in_at < now() - interval '30 days' limit ${limit} for update skip locked))`,
  )
