import type { App } from '../../../platform/app-context.ts'
import { type Identity, signAccessToken, signCookieToken } from './access-tokens.ts'
import type { Account } from './sign-in.queries.ts'
import type { CookieSession, Session, SessionKind, SessionsByKind } from './sign-in.schemas.ts'

const identityOf = (account: Account, sessionId: string): Identity => ({
  id: account.account_id,
  role: account.role,
  tenant: account.tenant,
  version: account.token_version,
  session: sessionId,
})

const userOf = (account: Account): Session['user'] => ({
  id: account.account_id,
  role: account.role,
  name: account.name,
  email: account.email,
  tenant: account.tenant,
})

/** The tokens of a session. Of the same second and refresh token the answer is the same. */
export const tokensOf = (
  app: App,
  account: Account,
  sessionId: string,
  refreshToken: string,
  issuedAt?: number,
): Session => ({
  token: signAccessToken(app, identityOf(account, sessionId), issuedAt),
  token_type: 'Bearer',
  expires_in: app.config.ACCESS_TOKEN_HOURS * 3600,
  refresh_token: refreshToken,
  user: userOf(account),
})

const cookieOf = (app: App, account: Account, sessionId: string): CookieSession => ({
  cookie: signCookieToken(app, identityOf(account, sessionId)),
  token: signAccessToken(app, identityOf(account, sessionId)),
  user: userOf(account),
})

/** The answer to the start of a session. A session with a cookie has no refresh token. */
export const answerOfStart = <Kind extends SessionKind>(
  app: App,
  kind: Kind,
  account: Account,
  sessionId: string,
  refreshToken: string,
): SessionsByKind[Kind] =>
  (kind === 'cookie'
    ? cookieOf(app, account, sessionId)
    : tokensOf(app, account, sessionId, refreshToken)) as SessionsByKind[Kind]
