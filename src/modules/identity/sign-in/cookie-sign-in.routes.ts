import { AppError } from '../../../platform/errors.ts'
import { NoBody } from '../../../platform/schemas.ts'
import { publicEndpoint } from '../accounts/declare-endpoint.ts'
import { olderCookieAnswer, setsSessionCookie } from './cookie-answer.ts'
import { CookieSignIn, CookieUser, CurrentUser, SignedOut } from './sign-in.schemas.ts'
import { endReplacedSession, signIn, signOut } from './sign-in.service.ts'

const tag = 'Sign-in with a cookie'

const otherTenant = 'You are signed in to another tenant than that of X-Tenant.'

export const cookieSignInRoutes = [
  publicEndpoint({
    id: 'signInWithCookie',
    method: 'post',
    path: '/users/signin',
    can: 'anyone',
    tag,
    summary: 'Sign in and get the session cookie',
    body: CookieSignIn,
    responds: { 200: CookieUser },
    mixesSecrets: true,
    responseHeaders: setsSessionCookie,
    fails: ['invalid_credentials'],
    signInLimit: { account: 'email', kind: 'sign_in', knowsPlaces: true },
    setsCookie: true,
    handle: async (call) => {
      const { app, body, isWithinLimit } = call
      const session = await signIn(app, await call.tenantId(), call, body.email, body.password, isWithinLimit, 'cookie')
      await endReplacedSession(app, call)
      return session
    },
    answer: (session) => olderCookieAnswer(200, session),
  }),
  publicEndpoint({
    id: 'signOutWithCookie',
    method: 'post',
    path: '/users/signout',
    can: 'anyone',
    needsSession: true,
    tag,
    summary: 'End the session and clear the cookie',
    body: NoBody,
    bodyOptional: true,
    responds: { 200: SignedOut },
    mixesSecrets: true,
    setsCookie: true,
    handle: async ({ app, actor, isAtHome, requestId, receipt }) => {
      if (!(await isAtHome())) throw new AppError('malformed_request', { detail: otherTenant })
      if (actor !== null) await signOut(app, { actor, requestId, receipt })
    },
    answer: () => ({ status: 200, body: { message: 'You are signed out.' }, session: null }),
  }),
  publicEndpoint({
    id: 'getCookieUser',
    method: 'get',
    path: '/users/currentuser',
    can: 'anyone',
    tag,
    summary: 'Read who is signed in; null for nobody',
    description:
      'With `X-Tenant` it is null for somebody who is signed in to another tenant. A service account is nobody here.',
    fails: ['tenant_not_found'],
    responds: { 200: CurrentUser },
    handle: async ({ actor, isAtHome }) => ({
      currentUser:
        actor?.email && (await isAtHome()) ? { id: actor.accountId, email: actor.email, role: actor.role } : null,
    }),
  }),
]
