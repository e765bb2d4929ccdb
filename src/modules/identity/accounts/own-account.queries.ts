import { z } from 'zod'
import type { ChangesOf } from '../../../contract/events.ts'
import { exec, join, maybeOne, sql, type Tx } from '../../../platform/db/sql.ts'
import { shownEmail } from './accounts.steps.ts'
import type { User } from './actor.ts'

const OwnRow = z.object({
  name: z.string(),
  time_zone: z.string().nullable(),
  language: z.string().nullable(),
  /** The address as people read it, and as mails go to it. */
  email: z.string(),
  mailed_email: z.string(),
  is_confirmed: z.boolean(),
})
export type OwnRow = z.output<typeof OwnRow>

/** Locks the actor's own account, if it is active. */
export const lockOwnAccount = (tx: Tx, { tenantId, accountId }: User): Promise<OwnRow | null> =>
  maybeOne(
    tx,
    OwnRow,
    sql`select a.name, a.time_zone, a.language, ${shownEmail} as email, a.email as mailed_email,
          a.email_confirmed_at is not null as is_confirmed
        from accounts a
        where a.tenant_id = ${tenantId} and a.account_id = ${accountId} and a.status = 'active'
        for no key update`,
  )

/** Writes the changed members of the actor's own account. */
export const updateOwnAccount = (
  tx: Tx,
  { tenantId, accountId }: User,
  changes: ChangesOf<'account.updated'>,
): Promise<number> => {
  const columns = { name: sql`name`, time_zone: sql`time_zone`, language: sql`language` }
  const sets = (Object.keys(changes) as (keyof typeof columns)[]).map(
    (member) => sql`${columns[member]} = ${changes[member]?.to ?? null}`,
  )
  return exec(tx, sql`update accounts set ${join(sets)} where tenant_id = ${tenantId} and account_id = ${accountId}`)
}
