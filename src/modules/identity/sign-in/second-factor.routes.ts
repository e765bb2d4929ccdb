import { endpoint } from '../accounts/declare-endpoint.ts'
import { NewSecondFactor, RecoveryCodes, SecondFactorState } from '../second-factor/second-factor.schemas.ts'
import {
  beginSecondFactor,
  confirmSecondFactor,
  disableSecondFactor,
  readSecondFactor,
  renewRecoveryCodes,
} from './manage-second-factor.service.ts'
import { proofErrors } from './prove-again.service.ts'
import { ConfirmSecondFactor, ProveSecondFactor, ProveYourself } from './second-factor-bodies.schemas.ts'

const tag = 'Second factor'

export const secondFactorRoutes = [
  endpoint({
    id: 'getSecondFactor',
    method: 'get',
    path: '/me/second-factor',
    can: 'session:own',
    needsSession: true,
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
    tag,
    summary: 'Get the secret of a new second factor',
    description:
      'It counts once its first code has come to `POST /me/second-factor/confirm`, within an hour. Who has a second ' +
      'factor also sends a code of it, and keeps it until the new one is confirmed.',
    body: ProveYourself,
    responds: { 200: NewSecondFactor },
    mixesSecrets: true,
    isShownOnce: true,
    fails: [...proofErrors],
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
    tag,
    summary: 'Switch the new second factor on with its first code',
    description: 'The answer shows the recovery codes, this once. Your other sessions end.',
    body: ConfirmSecondFactor,
    responds: { 200: RecoveryCodes },
    mixesSecrets: true,
    isShownOnce: true,
    fails: ['second_factor_missing', 'wrong_second_factor'],
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
    isShownOnce: true,
    fails: ['second_factor_missing', ...proofErrors],
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
]
