import { NoBody } from '../../../platform/schemas.ts'
import { publicEndpoint } from '../accounts/declare-endpoint.ts'
import { cookieAnswer } from './cookie-answer.ts'
import { CookieSignIn, CookieUser, CurrentUser, SignedOut } from './sign-in.schemas.ts'
import { signIn, signOut } from './sign-in.service.ts'

const tag = 'Sign-in with a cookie'

export const cookieSignInRoutes = [
  publicEndpoint({
    method: 'post',
    path: '/users/signin',
    can: 'anyone',
    tag,
    summary: 'Sign in and get the session cookie',
    body: CookieSignIn,
    responds: { 200: CookieUser },
    responseHeaders: { 'Set-Cookie': 'The session cookie: HttpOnly, SameSite=Lax, and Secure in production.' },
    fails: ['invalid_credentials'],
    signInLimit: { account: 'email' },
    handle: async (call) => signIn(call.app, await call.tenantId(), call, call.body.email, call.body.password),
    answer: (session) => cookieAnswer(200, session),
  }),
  publicEndpoint({
    method: 'post',
    path: '/users/signout',
    can: 'anyone',
    tag,
    summary: 'End the session and clear the cookie',
    body: NoBody,
    bodyOptional: true,
    responds: { 200: SignedOut },
    handle: async ({ app, actor, requestId, receipt }) => {
      if (actor !== null) await signOut(app, { actor, requestId, receipt })
    },
    answer: () => ({ status: 200, body: { message: 'You are signed out.' }, session: null }),
  }),
  publicEndpoint({
    method: 'get',
    path: '/users/currentuser',
    can: 'anyone',
    tag,
    summary: 'Read who is signed in; null for nobody',
    responds: { 200: CurrentUser },
    handle: async ({ actor }) => ({
      currentUser: actor && { id: actor.accountId, email: actor.email, role: actor.role },
    }),
  }),
]
