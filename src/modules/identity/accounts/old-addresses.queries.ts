import { z } from 'zod'
import { type Db, exec, many, sql, type Tx } from '../../../platform/db/sql.ts'

const OldAddress = z.object({
  tenant_id: z.int(),
  tenant: z.string(),
  account_id: z.string(),
  email: z.string(),
  created_at: z.string(),
})
export type OldAddress = z.output<typeof OldAddress>

/** Accounts whose address has not the form of today, the oldest first, after one of them or from the first. */
export const listOldAddresses = (db: Db, after: OldAddress | undefined, limit: number): Promise<OldAddress[]> =>
  many(
    db,
    OldAddress,
    sql`select a.tenant_id, t.slug as tenant, a.account_id, a.email, a.created_at::text as created_at
        from accounts a join tenants t on t.tenant_id = a.tenant_id
        where a.email ~ '[^!-~]' and (a.created_at, a.tenant_id, a.account_id) >
          (coalesce(${after?.created_at ?? null}::timestamptz, '-infinity'), ${after?.tenant_id ?? 0}::integer,
            ${after?.account_id ?? ''}::text)
        order by a.created_at, a.tenant_id, a.account_id limit ${limit}`,
  )

/** An address in the form of today, for an account that still has the old one. */
export interface NewForm extends Pick<OldAddress, 'tenant_id' | 'account_id'> {
  old: string
  address: string
  typed: string | null
}

/** Gives accounts the new form of their address, except where another account has it. */
export const writeNewForms = async (tx: Tx, forms: NewForm[]): Promise<void> => {
  await exec(
    tx,
    sql`update accounts a set email = n.address, typed_email = n.typed,
          sign_in_name = case when lower(a.sign_in_name) = lower(a.email) then n.address else a.sign_in_name end
        from jsonb_to_recordset(${JSON.stringify(forms)}::jsonb)
          as n (tenant_id integer, account_id text, old text, address text, typed text)
        where a.tenant_id = n.tenant_id and a.account_id = n.account_id and a.email = n.old
          and not exists (
            select from accounts o where o.tenant_id = n.tenant_id and lower(o.email) = lower(n.address))`,
  )
}
