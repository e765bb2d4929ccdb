import { z } from 'zod'
import { type Db, exec, many, maybeOne, sql } from '../../../platform/db/sql.ts'
import { numberOf } from '../../../platform/schemas.ts'
import type { User } from '../../identity/accounts/actor.ts'
import type { ObjectId } from './store.queries.ts'

const Claim = z.object({ file_name: z.string(), is_claimed: z.boolean(), sha256: z.string().nullable() })

/**
 * Claims a pending upload for one request that sends or hashes its file, for `minutes` at most. `is_claimed` is false
 * while another request has the claim. `sha256` is what the holder of the claim may count on. Null when no such upload
 * is pending, or its ticket is deleted.
 */
export const claimUpload = (
  db: Db,
  { tenant_id, id }: ObjectId,
  minutes: number,
): Promise<z.output<typeof Claim> | null> =>
  maybeOne(
    db,
    Claim,
    sql`with found as (
          select u.file_name from attachment_uploads u
          join tickets t on t.tenant_id = u.tenant_id and t.ticket_number = u.ticket_number and t.deleted_at is null
          where u.tenant_id = ${tenant_id} and u.upload_id = ${id} and u.expires_at > now()),
        claimed as (
          update attachment_uploads u set receiving_until = now() + make_interval(mins => ${minutes})
          where u.tenant_id = ${tenant_id} and u.upload_id = ${id} and u.expires_at > now()
            and (u.receiving_until is null or u.receiving_until <= now())
            and exists (select from found)
          returning u.upload_id, u.sha256)
        select f.file_name, c.upload_id is not null as is_claimed, c.sha256 from found f left join claimed c on true`,
  )

/** Gives a claim back. Answers with the number of uploads that are still pending: one or none. */
export const releaseUpload = (db: Db, { tenant_id, id }: ObjectId): Promise<number> =>
  exec(
    db,
    sql`update attachment_uploads u set receiving_until = null where u.tenant_id = ${tenant_id} and u.upload_id = ${id}`,
  )

const Settled = z.object({ sha256: z.string() })

/**
 * Gives a pending upload its hash, unless it has one. Answers with the hash that it has; null when it is not pending.
 */
export const settleHash = async (db: Db, { tenant_id, id }: ObjectId, sha256: string): Promise<string | null> => {
  const settled = await maybeOne(
    db,
    Settled,
    sql`update attachment_uploads u set sha256 = coalesce(u.sha256, ${sha256})
        where u.tenant_id = ${tenant_id} and u.upload_id = ${id} returning u.sha256`,
  )
  return settled?.sha256 ?? null
}

const PendingUpload = z.object({
  upload_id: z.uuid(),
  file_name: z.string(),
  content_type: z.string(),
  size: z.int(),
  sha256: z.string().nullable(),
})
export type PendingUpload = z.output<typeof PendingUpload>

/** Those of some uploads of the actor that wait to be attached to the ticket. */
export const listUploads = (
  db: Db,
  { tenantId, accountId }: User,
  ticketId: string,
  uploadIds: string[],
): Promise<PendingUpload[]> =>
  many(
    db,
    PendingUpload,
    sql`select u.upload_id, u.file_name, u.content_type, u.size, u.sha256 from attachment_uploads u
        where u.tenant_id = ${tenantId} and u.upload_id = any (${uploadIds}::uuid[])
          and u.ticket_number = ${numberOf(ticketId)} and u.account_id = ${accountId} and u.expires_at > now()`,
  )
