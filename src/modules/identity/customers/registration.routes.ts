import type { Answer, Call } from '../../../platform/http/endpoint.ts'
import type { PublicCall } from '../../../platform/http/public-call.ts'
import { publicEndpoint } from '../accounts/declare-endpoint.ts'
import { registerWithinQuotas } from '../accounts/quotas.service.ts'
import { olderCookieAnswer, setsSessionCookie } from '../sign-in/cookie-answer.ts'
import { CookieUser } from '../sign-in/sign-in.schemas.ts'
import { endReplacedSession } from '../sign-in/sign-in.service.ts'
import {
  ConfirmRegistration,
  CookieSignUp,
  Register,
  Registered,
  RegistrationAsked,
  RegistrationFinished,
  RegistrationWay,
} from './customers.schemas.ts'
import { registerCustomer } from './customers.service.ts'
import { confirmRegistration, type Outcome, register, registrationModeOf } from './registrations.service.ts'

const tag = 'Sign-in'

const byMode =
  'What happens follows the setting `registration` of the tenant. `open`: 201, and a welcome is mailed. `confirmed`, ' +
  '`by_domain`: 202, and a mail says how to go on; the answer is the same whether the address has an account or not, and ' +
  'whether it may register. `closed`: 403.'

/** The answer to a registration that goes on with a mail. It is the same for every address. */
const askedAnswer: Answer = {
  status: 202,
  body: { message: 'We have sent a mail to this address. It says how to go on.' },
}

/** The answer to a registration that was confirmed. For a page it has no session. */
const finishedAnswer = (finished: Awaited<ReturnType<typeof confirmRegistration>>): Answer => {
  if (!('cookie' in finished)) return { status: 201, body: finished }
  const { user, customer, cookie } = finished
  return { status: 201, body: { user, customer }, session: cookie }
}

const isAsked = <Session extends object>(outcome: Outcome<Session>): outcome is { isMailed: boolean } =>
  'isMailed' in outcome

/** Registers by the way of the tenant. `openAccount` makes an account at once, within the quotas. */
const registerAt = async <Session>(
  call: Call<unknown> & PublicCall,
  body: { name?: string | undefined; email: string; password?: string | undefined },
  openAccount: (tenantId: number, password: string) => Promise<Session>,
): Promise<Outcome<Session>> => {
  const tenantId = await call.tenantId()
  const quotasOf = { tenantId, address: call.address }
  return register(call.app, tenantId, call, body, (password) =>
    registerWithinQuotas(call.app, quotasOf, body.email, () => openAccount(tenantId, password)),
  )
}

export const registrationRoutes = [
  publicEndpoint({
    id: 'getRegistrationMode',
    method: 'get',
    path: '/registration',
    can: 'anyone',
    tag,
    summary: 'Read how people register',
    description: 'For pages that offer a registration. The domains of `by_domain` are not told.',
    responds: { 200: RegistrationWay },
    fails: ['tenant_not_found'],
    handle: async (call) => registrationModeOf(call.app, await call.tenantId()),
  }),
  publicEndpoint({
    id: 'registerCustomer',
    method: 'post',
    path: '/auth/register',
    can: 'anyone',
    tag,
    summary: 'Register as a customer',
    description: byMode,
    body: Register,
    responds: { 201: Registered, 202: RegistrationAsked },
    mixesSecrets: true,
    fails: ['registration_closed', 'email_taken', 'quota_exceeded'],
    signInLimit: { account: 'email', kind: 'registration' },
    handle: (call) =>
      registerAt(call, call.body, (tenantId, password) =>
        registerCustomer(call.app, tenantId, call, 'bearer', { ...call.body, password }),
      ),
    answer: (outcome) => (isAsked(outcome) ? askedAnswer : { status: 201, body: outcome }),
  }),
  publicEndpoint({
    id: 'confirmRegistration',
    method: 'post',
    path: '/auth/register/confirm',
    can: 'anyone',
    tag,
    summary: 'Finish a registration by the link in a mail',
    description:
      'Makes the account and signs it in. The link works once, within 24 hours. A browser asks for its session in the ' +
      'cookie; then the new session ends the one whose cookie it replaces.',
    body: ConfirmRegistration,
    secret: 'token',
    responds: { 201: RegistrationFinished },
    responseHeaders: setsSessionCookie,
    setsCookie: 'on_request',
    mixesSecrets: true,
    fails: ['invalid_registration_token', 'registration_closed', 'email_taken'],
    signInLimit: { account: null, kind: 'confirmation', counts: 'flood' },
    async handle(call) {
      const { session: kind = 'bearer', ...body } = call.body
      const finished = await confirmRegistration(call.app, call, kind, body)
      if (kind === 'cookie') await endReplacedSession(call.app, call)
      return finished
    },
    answer: (finished) => finishedAnswer(finished),
  }),
  publicEndpoint({
    id: 'signUpWithCookie',
    method: 'post',
    path: '/users/signup',
    can: 'anyone',
    tag: 'Sign-in with a cookie',
    summary: 'Register as a customer and get the session cookie',
    description: `${byMode} Only 201 sets the cookie.`,
    body: CookieSignUp,
    responds: { 201: CookieUser, 202: RegistrationAsked },
    mixesSecrets: true,
    responseHeaders: setsSessionCookie,
    fails: ['registration_closed', 'email_taken', 'quota_exceeded'],
    signInLimit: { account: 'email', kind: 'registration' },
    setsCookie: true,
    handle: async (call) => {
      const outcome = await registerAt(call, call.body, (tenantId, password) =>
        registerCustomer(call.app, tenantId, call, 'cookie', { ...call.body, password }),
      )
      if (!isAsked(outcome)) await endReplacedSession(call.app, call)
      return outcome
    },
    answer: (outcome) => (isAsked(outcome) ? askedAnswer : olderCookieAnswer(201, outcome)),
  }),
]
