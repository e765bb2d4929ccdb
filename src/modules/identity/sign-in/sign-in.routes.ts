import { NoBody } from '../../../platform/schemas.ts'
import { endpoint, publicEndpoint } from '../accounts/declare-endpoint.ts'
import { changePassword, requestPasswordReset, resetPassword } from './change-password.service.ts'
import { sessionAnswer, setsSessionCookie } from './cookie-answer.ts'
import { refreshSession } from './refresh-session.service.ts'
import {
  ChangePassword,
  ForgotPassword,
  Login,
  Refresh,
  ResetPassword,
  Session,
  SignedInUser,
  StartedSession,
} from './sign-in.schemas.ts'
import { endReplacedSession, signIn, signOut } from './sign-in.service.ts'

const tag = 'Sign-in'

export const signInRoutes = [
  publicEndpoint({
    id: 'signIn',
    method: 'post',
    path: '/auth/login',
    can: 'anyone',
    tag,
    summary: 'Sign in',
    description:
      'With a user id, an email address or an account number such as TEC0001. An unknown name, a wrong password and a ' +
      'deactivated account get the same answer. A browser asks for its session in the cookie; then the sign-in ends the ' +
      'session whose cookie it replaces.',
    body: Login,
    responds: { 200: StartedSession },
    responseHeaders: setsSessionCookie,
    mixesSecrets: true,
    setsCookie: 'on_request',
    fails: ['invalid_credentials', 'second_factor_required'],
    signInLimit: { account: ['user_id_or_email', 'email'], kind: 'sign_in', knowsPlaces: true },
    handle: async (call) => {
      const { app, body, isWithinLimit } = call
      const kind = body.session ?? 'bearer'
      const name = body.user_id_or_email ?? body.email ?? ''
      const started = await signIn(app, await call.tenantId(), call, name, body.password, isWithinLimit, kind)
      if (kind === 'cookie') await endReplacedSession(app, call)
      return started
    },
    answer: (started) => sessionAnswer(200, started),
  }),
  endpoint({
    id: 'getCurrentUser',
    method: 'get',
    path: '/auth/me',
    can: 'session:own',
    needsSession: false,
    whileEnrolling: true,
    tag,
    summary: 'Read who is signed in',
    responds: { 200: SignedInUser },
    handle: async ({ actor }) => ({
      user: { id: actor.accountId, role: actor.role, name: actor.name, email: actor.email, tenant: actor.tenant },
    }),
  }),
  publicEndpoint({
    id: 'refreshTokens',
    method: 'post',
    path: '/auth/refresh',
    can: 'anyone',
    tag,
    summary: 'Exchange a refresh token for a new pair of tokens',
    description:
      'The old refresh token is spent. For 30 seconds, and until the new one is used, it gets the same answer again, ' +
      'because two tabs may refresh at once and an answer may be lost. A token that was spent before ends its session. ' +
      'A session is not refreshed beyond its absolute end. An Idempotency-Key is passed over.',
    body: Refresh,
    secretAnswer: 'not_kept',
    responds: { 200: Session },
    mixesSecrets: true,
    fails: ['invalid_refresh_token'],
    handle: (call) => refreshSession(call.app, call, call.body.refresh_token, call.placeSlug),
  }),
  endpoint({
    id: 'signOut',
    method: 'post',
    path: '/auth/logout',
    can: 'session:own',
    needsSession: true,
    whileEnrolling: true,
    tag,
    summary: 'End this session',
    body: NoBody,
    bodyOptional: true,
    responds: { 204: null },
    setsCookie: true,
    handle: (call) => signOut(call.app, call),
    answer: () => ({ status: 204, session: null }),
  }),
  publicEndpoint({
    id: 'requestPasswordReset',
    method: 'post',
    path: '/auth/password/forgot',
    can: 'anyone',
    tag,
    summary: 'Ask for a mail with a link to reset a forgotten password',
    description:
      'The answer is the same whether the address has an account or not. The link works once, within 30 minutes.',
    body: ForgotPassword,
    responds: { 202: null },
    signInLimit: { account: 'email', kind: 'forgotten_password', counts: 'attempts' },
    handle: async ({ app, tenantId, requestId, receipt, body }) =>
      requestPasswordReset(app, await tenantId(), { requestId, receipt }, body.email),
    answer: () => ({ status: 202 }),
  }),
  publicEndpoint({
    id: 'resetPassword',
    method: 'post',
    path: '/auth/password/reset',
    can: 'anyone',
    tag,
    summary: 'Set a password by the link in a mail',
    description: 'An invited account sets its first password in the same way. Every session of the account ends.',
    body: ResetPassword,
    secret: 'token',
    responds: { 204: null },
    fails: ['invalid_reset_token'],
    signInLimit: { account: null, kind: 'password_reset', counts: 'flood' },
    handle: (call) => resetPassword(call.app, call, call.body.token, call.body.password),
  }),
  endpoint({
    id: 'changePassword',
    method: 'post',
    path: '/auth/password/change',
    can: 'session:own',
    needsSession: true,
    tag,
    summary: 'Change your own password',
    description: 'Ends every session of the account except the session of this request.',
    body: ChangePassword,
    responds: { 204: null },
    fails: ['wrong_password'],
    signInLimit: { account: null, kind: 'proof' },
    handle: (call) => changePassword(call.app, call, call.body.current_password, call.body.password),
  }),
]
