import type { ErrorCode } from '../../../contract/error-codes.ts'
import { requireRead } from '../../../platform/access.ts'
import type { App } from '../../../platform/app-context.ts'
import type { Db, Tx } from '../../../platform/db/sql.ts'
import { transaction } from '../../../platform/db/transaction.ts'
import { AppError, invalidMember } from '../../../platform/errors.ts'
import { eventOf, recordEvents } from '../../../platform/events/append-events.ts'
import { type PageOf, type PageRequest, pageOf } from '../../../platform/paging.ts'
import { type Act, sessionOf, type User } from '../accounts/actor.ts'
import { refuseUnconfirmed } from '../accounts/unconfirmed.ts'
import { proveAgain } from '../sign-in/prove-again.service.ts'
import { isOfOthers, scopeBeyond } from './api-tokens.policy.ts'
import {
  deleteDeadTokens,
  deleteToken,
  findToken,
  getStanding,
  type Holder,
  insertToken,
  listTokens,
  lockHolder,
  lockToken,
  updateTokenName,
} from './api-tokens.queries.ts'
import {
  type ApiToken,
  type ApiTokenFilter,
  type CreateApiToken,
  type CreatedApiToken,
  daysAtMost,
  tokensAtMost,
} from './api-tokens.schemas.ts'
import { createTokenText, hashOfToken, hintOf } from './token-text.ts'

/** Tokens are listed from the newest to the oldest. */
export const tokenOrder = 'newest_api_token'

const dayMs = 86_400_000

/** @throws AppError `validation_failed` when a token would expire in the past, or too late. */
const refuseExpiry = ({ clock }: App, expiresAt: string | undefined): void => {
  if (expiresAt === undefined) return
  const time = Date.parse(expiresAt)
  if (time <= clock.now()) throw invalidMember('expires_at', 'must be in the future', 'past')
  if (time > clock.now() + daysAtMost * dayMs) {
    throw invalidMember('expires_at', `must be within ${daysAtMost} days`, 'too_late')
  }
}

/**
 * Refuses a token for a locked account.
 * @throws AppError `validation_failed` for a scope that the role does not have; `invalid_token` when the session has
 * ended meanwhile; `too_many_api_tokens`; `email_not_confirmed`.
 */
const refuseToken = async (tx: Tx, { actor }: Act<User>, holder: Holder, { scopes }: CreateApiToken): Promise<void> => {
  refuseUnconfirmed(holder)
  const beyond = scopeBeyond(holder.role, scopes)
  if (beyond !== undefined) {
    throw invalidMember('scopes', `has ${beyond}, which a ${holder.role} may not do`, 'scope_beyond_role')
  }
  const { tokens, is_session_living: isLiving } = await getStanding(tx, actor.tenantId, holder, sessionOf(actor))
  if (!isLiving) throw new AppError('invalid_token')
  if (tokens >= tokensAtMost) {
    throw new AppError('too_many_api_tokens', { detail: `An account has at most ${tokensAtMost} API tokens.` })
  }
}

/**
 * Makes a token for an account, whose right to it the caller has checked, and gives it away once. Who has a second
 * factor proves it again. `notActive` is the error when the account is not active.
 * @throws AppError `notActive`, `too_many_api_tokens`, `email_not_confirmed`, `invalid_token`, `validation_failed`, and
 * what `proveAgain` throws.
 */
export const createTokenFor = async (
  app: App,
  act: Act<User>,
  accountId: string,
  { second_factor_code: code, ...wanted }: CreateApiToken,
  notActive: ErrorCode = 'invalid_token',
): Promise<CreatedApiToken> => {
  refuseExpiry(app, wanted.expires_at)
  await proveAgain(app, act, { code })
  const { tenantId } = act.actor
  const token = createTokenText(tenantId)
  return transaction(
    app.pool,
    async (tx) => {
      const holder = await lockHolder(tx, tenantId, accountId)
      if (holder === null) throw new AppError(notActive)
      await refuseToken(tx, act, holder, wanted)
      const made = await insertToken(tx, act, holder, { ...wanted, hash: hashOfToken(token), hint: hintOf(token) })
      return { ...made, token }
    },
    act.receipt,
  )
}

/**
 * A page of the actor's own tokens; for admins also of others' tokens.
 * @throws AppError `forbidden` when somebody else asks for the tokens of others.
 */
export const listVisibleTokens = async (
  app: App,
  actor: User,
  filter: ApiTokenFilter,
  page: PageRequest<[createdAt: string, tokenId: string]>,
): Promise<PageOf<ApiToken>> => {
  if (actor.role !== 'admin' && isOfOthers(actor, filter)) {
    throw new AppError('forbidden', { detail: 'You may list your own API tokens. An admin may list those of others.' })
  }
  return pageOf(await listTokens(app.pool, actor, filter, page), page, tokenOrder, ({ created_at, token_id }) => [
    created_at,
    token_id,
  ])
}

/** A token, without its secret. @throws AppError `api_token_not_found`. */
export const getToken = async (db: Db, actor: User, tokenId: string): Promise<ApiToken> =>
  requireRead(await findToken(db, actor, tokenId), 'api_token_not_found')

/** Gives a token another name. @throws AppError `api_token_not_found`. */
export const renameToken = (app: App, act: Act<User>, tokenId: string, name: string): Promise<ApiToken> =>
  transaction(
    app.pool,
    async (tx) => {
      const token = requireRead(await lockToken(tx, act.actor, tokenId), 'api_token_not_found')
      if (name === token.name) return token
      await updateTokenName(tx, act.actor.tenantId, tokenId, name)
      const changes = { name: { from: token.name, to: name } }
      const details = { token_id: tokenId }
      await recordEvents(tx, [eventOf(act, 'api_token.updated', token.account_id, { changes, details })])
      return { ...token, name }
    },
    act.receipt,
  )

/** Ends a token, here at once and in other processes within a second. @throws AppError `api_token_not_found`. */
export const revokeToken = async (app: App, act: Act<User>, tokenId: string): Promise<void> => {
  await transaction(
    app.pool,
    async (tx) => {
      const {
        account_id: accountId,
        name,
        hint,
      } = requireRead(await lockToken(tx, act.actor, tokenId), 'api_token_not_found')
      await deleteToken(tx, act.actor.tenantId, tokenId)
      const details = { token_id: tokenId, name, hint }
      await recordEvents(tx, [eventOf(act, 'api_token.revoked', accountId, { details })])
    },
    act.receipt,
  )
  app.principals.clear()
}

/** Removes at most `limit` tokens that nobody can use, and answers with their number. */
export const deleteUselessTokens = (app: App, limit: number): Promise<number> => deleteDeadTokens(app.pool, limit)
