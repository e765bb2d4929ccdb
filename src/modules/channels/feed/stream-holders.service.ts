import type { Capability } from '../../../contract/capabilities.ts'
import { isScope } from '../../../contract/capabilities.ts'
import type { App } from '../../../platform/app-context.ts'
import type { User } from '../../identity/accounts/actor.ts'
import { type Holder, keyOf } from './stream-holder.ts'
import { type LivingHolder, listLivingHolders } from './stream-holders.queries.ts'

/** Whether somebody of the staff must set up a second factor before anything else. A token needs none. */
const mustEnrol = ({ config }: App, row: LivingHolder): boolean =>
  row.kind === 'session' &&
  row.role !== 'customer' &&
  !row.has_factor &&
  (row.second_factor_required ?? config.SECOND_FACTOR_REQUIRED)

/** The caller that a living session or token makes. */
const userOf = (app: App, row: LivingHolder): User => {
  const { tenant_id: tenantId, tenant, account_id: accountId, name, email, role, category, holder_id: id } = row
  const scopes = (row.scopes ?? []).filter((scope): scope is Capability => isScope(scope))
  const by = row.kind === 'token' ? { sessionId: null, token: { tokenId: id, scopes } } : { sessionId: id, token: null }
  const user = { tenantId, tenant, accountId, name, email, ...by, mustEnrol: mustEnrol(app, row) }
  return role === 'technician' ? { ...user, role, category: category ?? '' } : { ...user, role }
}

/** A caller, and from where their token may be used. */
interface Standing {
  user: User
  allowedAddresses: string[]
}

/** Who the sessions and tokens make callers of now, by `keyOf`. Those that have ended are not among them. */
export const findStandings = async (app: App, holders: Holder[]): Promise<Map<string, Standing>> => {
  const rows = await listLivingHolders(app.pool, holders)
  return new Map(
    rows.map((row) => [
      keyOf({ tenantId: row.tenant_id, kind: row.kind, id: row.holder_id }),
      { user: userOf(app, row), allowedAddresses: row.allowed_addresses },
    ]),
  )
}
