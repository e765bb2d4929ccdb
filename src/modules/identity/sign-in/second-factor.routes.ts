import { endpoint, publicEndpoint } from '../accounts/declare-endpoint.ts'
import { PersonParams } from '../accounts/people-accounts.schemas.ts'
import { NewSecondFactor, RecoveryCodes, SecondFactorState } from '../second-factor/second-factor.schemas.ts'
import { sessionAnswer, setsSessionCookie } from './cookie-answer.ts'
import { finishSignIn } from './finish-sign-in.service.ts'
import {
  beginSecondFactor,
  confirmSecondFactor,
  disableSecondFactor,
  readSecondFactor,
  renewRecoveryCodes,
  resetSecondFactor,
} from './manage-second-factor.service.ts'
import { codeErrors, proofErrors } from './prove-again.service.ts'
import {
  ConfirmSecondFactor,
  FinishSignIn,
  ProveSecondFactor,
  ProveYourself,
  ResetSecondFactor,
} from './second-factor-bodies.schemas.ts'
import { StartedSession } from './sign-in.schemas.ts'
import { endReplacedSession } from './sign-in.service.ts'

const tag = 'Second factor'

export const secondFactorRoutes = [
  publicEndpoint({
    id: 'signInWithSecondFactor',
    method: 'post',
    path: '/auth/login/second-factor',
    can: 'anyone',
    tag: 'Sign-in',
    summary: 'Sign in with a code, after the password',
    description:
      'Takes the challenge of a sign-in that was refused with `second_factor_required`, and a code of the app or a ' +
      'recovery code. Five wrong codes end the challenge. A browser asks for its session in the cookie.',
    body: FinishSignIn,
    secret: 'challenge',
    responds: { 200: StartedSession },
    responseHeaders: setsSessionCookie,
    setsCookie: 'on_request',
    mixesSecrets: true,
    secretAnswer: 'not_kept',
    fails: ['invalid_challenge', 'wrong_second_factor', 'second_factor_blocked', 'second_factor_unavailable'],
    signInLimit: { account: null, kind: 'second_factor', counts: 'flood' },
    handle: async (call) => {
      const { challenge, code, recovery_code: recoveryCode, session: kind = 'bearer' } = call.body
      const started = await finishSignIn(call.app, call, challenge, code ?? recoveryCode ?? '', kind)
      if (kind === 'cookie') await endReplacedSession(call.app, call)
      return started
    },
    answer: (started) => sessionAnswer(200, started),
  }),
  endpoint({
    id: 'getSecondFactor',
    method: 'get',
    path: '/me/second-factor',
    can: 'session:own',
    needsSession: true,
    whileEnrolling: true,
    tag,
    summary: 'Read whether you have a second factor',
    responds: { 200: SecondFactorState },
    handle: (call) => readSecondFactor(call.app, call),
  }),
  endpoint({
    id: 'beginSecondFactor',
    method: 'post',
    path: '/me/second-factor',
    can: 'session:own',
    needsSession: true,
    whileEnrolling: true,
    tag,
    summary: 'Get the secret of a new second factor',
    description:
      'It counts once its first code has come to `POST /me/second-factor/confirm`, within an hour. Who has a second ' +
      'factor also sends a code of it, and keeps it until the new one is confirmed.',
    body: ProveYourself,
    responds: { 200: NewSecondFactor },
    mixesSecrets: true,
    secretAnswer: 'not_kept',
    fails: [...proofErrors, 'email_not_confirmed'],
    signInLimit: { account: null, kind: 'proof' },
    handle: (call) => {
      const { current_password: password, second_factor_code: code } = call.body
      return beginSecondFactor(call.app, call, { password, code })
    },
  }),
  endpoint({
    id: 'confirmSecondFactor',
    method: 'post',
    path: '/me/second-factor/confirm',
    can: 'session:own',
    needsSession: true,
    whileEnrolling: true,
    tag,
    summary: 'Switch the new second factor on with its first code',
    description: 'The answer shows the recovery codes, this once. Your other sessions end.',
    body: ConfirmSecondFactor,
    responds: { 200: RecoveryCodes },
    mixesSecrets: true,
    secretAnswer: 'not_kept',
    fails: ['second_factor_missing', 'wrong_second_factor', 'email_not_confirmed'],
    signInLimit: { account: null, kind: 'proof' },
    handle: (call) => confirmSecondFactor(call.app, call, call.body.code),
  }),
  endpoint({
    id: 'renewRecoveryCodes',
    method: 'post',
    path: '/me/second-factor/recovery-codes',
    can: 'session:own',
    needsSession: true,
    tag,
    summary: 'Get a new set of recovery codes',
    description: 'The codes of before are not good any more.',
    body: ProveSecondFactor,
    responds: { 200: RecoveryCodes },
    mixesSecrets: true,
    secretAnswer: 'not_kept',
    fails: ['second_factor_missing', ...codeErrors],
    signInLimit: { account: null, kind: 'proof' },
    handle: (call) => renewRecoveryCodes(call.app, call, call.body.second_factor_code),
  }),
  endpoint({
    id: 'disableSecondFactor',
    method: 'post',
    path: '/me/second-factor/disable',
    can: 'session:own',
    needsSession: true,
    tag,
    summary: 'Switch your second factor off',
    description: 'Its recovery codes end with it. Without a second factor nothing happens.',
    body: ProveYourself,
    responds: { 204: null },
    fails: [...proofErrors, 'second_factor_mandatory'],
    signInLimit: { account: null, kind: 'proof' },
    handle: (call) => {
      const { current_password: password, second_factor_code: code } = call.body
      return disableSecondFactor(call.app, call, { password, code })
    },
  }),
  endpoint({
    id: 'resetSecondFactor',
    method: 'post',
    path: '/people/:accountId/second-factor/reset',
    can: 'person:reset-second-factor',
    needsSession: true,
    tag,
    summary: "Take somebody's second factor away",
    description:
      'For a person who lost the phone and the recovery codes. Their sessions end, and a mail tells them. You send ' +
      'your own password, and a code when you have a second factor. Where there is nothing to take away, nothing happens.',
    params: PersonParams,
    body: ResetSecondFactor,
    responds: { 204: null },
    fails: ['account_not_found', ...proofErrors],
    signInLimit: { account: null, kind: 'proof' },
    handle: (call) => resetSecondFactor(call.app, call, call.params.accountId, call.body),
  }),
]
