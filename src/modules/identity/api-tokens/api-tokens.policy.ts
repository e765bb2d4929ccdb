import { type Capability, rolesThatMay } from '../../../contract/capabilities.ts'
import type { Role } from '../../../contract/enums.ts'
import { type Sql, sql } from '../../../platform/db/sql.ts'
import type { User } from '../accounts/actor.ts'
import type { ApiTokenFilter } from './api-tokens.schemas.ts'

/** Which tokens `k` an actor sees: admins all, everybody else their own. */
export const visibleTokens = (actor: User): Sql =>
  actor.role === 'admin' ? sql`true` : sql`k.account_id = ${actor.accountId}`

/** Whether a list is of more than the actor's own tokens. That is for admins. */
export const isOfOthers = (actor: User, { account_id: accountId, everyone }: ApiTokenFilter): boolean =>
  everyone === true || (accountId !== undefined && accountId !== actor.accountId)

/** The first of some scopes that an account of a role may not have, because the role has no such capability. */
export const scopeBeyond = (role: Role, scopes: readonly Capability[]): Capability | undefined =>
  scopes.find((scope) => rolesThatMay(scope)?.includes(role) === false)
