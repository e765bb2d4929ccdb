import { type Capability, isScope } from '../../../contract/capabilities.ts'
import type { App } from '../../../platform/app-context.ts'
import { inTurn, type WhenGone } from '../../../platform/db/connection-turns.ts'
import { AppError } from '../../../platform/errors.ts'
import { addressRule } from '../../../platform/network-address.ts'
import type { User } from '../accounts/actor.ts'
import { tenantSuspended } from '../tenants/tenants.service.ts'
import { isTokenText, readTokenText } from './token-text.ts'
import { findHolderOfToken, noteRefusal, noteUse } from './token-use.queries.ts'

/** The account of a token as it is kept for a second, with what each use asks for. */
type TokenUser = User & {
  tokenId: string
  isAllowed: (address: string) => boolean
  isUseDue: boolean
  isRefusalDue: boolean
}

/** The requests with a token share a look, so the client of one may not end it. */
const waitsAlways: WhenGone = () => () => {}

const loadTokenUser = async (app: App, tenantId: number, hash: Buffer): Promise<TokenUser> => {
  const row = await findHolderOfToken(app.pool, tenantId, hash)
  if (row === null) throw new AppError('invalid_token')
  if (row.is_suspended) throw tenantSuspended()
  const scopes = row.scopes.filter((scope): scope is Capability => isScope(scope))
  const { account_id: accountId, tenant, name, email, role, category, token_id: tokenId } = row
  const user = { tenantId, tenant, accountId, name, email, sessionId: null, token: { tokenId, scopes } }
  return {
    ...(role === 'technician' ? { ...user, role, category: category ?? '' } : { ...user, role }),
    tokenId,
    isAllowed: addressRule(row.allowed_addresses),
    isUseDue: row.is_use_due,
    isRefusalDue: row.is_refusal_due,
  }
}

interface Facts {
  requestId: string
  address: string
  addressKey: string
}

/** @throws AppError `address_not_allowed`. The first refusal in an hour is recorded. */
const refuseAddress = async (app: App, user: TokenUser, facts: Facts): Promise<never> => {
  if (user.isRefusalDue) {
    user.isRefusalDue = false
    await noteRefusal(app.pool, user.tenantId, user.tokenId, facts)
  }
  throw new AppError('address_not_allowed', { detail: 'The API token may not be used from your address.' })
}

/** Notes the use without making the request wait for it. A use that cannot be noted is noted the next time. */
const noteUseLater = (app: App, user: TokenUser): void => {
  if (!user.isUseDue) return
  user.isUseDue = false
  noteUse(app.pool, user.tenantId, user.tokenId).catch((error: unknown) =>
    app.log.debug({ error }, 'the use of an API token could not be noted this time'),
  )
}

/**
 * Finds the account of an API token. The token must not have expired or been ended, and the account must be active. The
 * database is asked once a second at most for each token, and not at all for a text of another form.
 * @throws AppError `invalid_token`, the same for every fault; `address_not_allowed`; `too_many_at_once`.
 */
const verifyApiToken = async (app: App, text: string, facts: Facts): Promise<User> => {
  const token = readTokenText(text)
  if (token === null) throw new AppError('invalid_token')
  const { tenantId, hash } = token
  // A look belongs to the address, because nobody knows yet whether there is such a token.
  const load = (): Promise<User> =>
    inTurn(app.turns, { address: facts.addressKey }, waitsAlways, () => loadTokenUser(app, tenantId, hash))
  const user = (await app.principals.get(`api-token ${hash.toString('base64url')}`, load)) as TokenUser
  if (!user.isAllowed(facts.address)) return refuseAddress(app, user, facts)
  noteUseLater(app, user)
  return user
}

/** The sign-in by an API token. */
export const tokenAuthenticator = {
  name: 'api-token',
  recognizes: isTokenText,
  isGoodCookie: null,
  verify: verifyApiToken,
}
